import { Alert, Anchor, Button, Drawer, Group, Modal, Radio, Stack, Table, Text } from '@mantine/core';
import type { DescMessage } from '@bufbuild/protobuf';
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { fieldOf, shown } from '../lib/record';
import { confirm } from './confirm';
import { saying } from './fault';
import { Slow } from './slow';
import type { FormOf } from './useform';
import { useWords } from './words';

interface Props<S extends DescMessage> {
  form: FormOf<S>;
  title: string;
  onClose: () => void;
  /** What the button says, where it is neither Create nor Save. */
  action?: string;
  size?: number;
  children: ReactNode;
}

/** FormDrawer is the one drawer for the one form. It asks before it throws away what was typed. */
export function FormDrawer<S extends DescMessage>({ form, title, onClose, action, size = 560, children }: Props<S>) {
  const t = useWords();
  const leave = async () => {
    if (form.dirty && !(await confirm({ title: t('leave'), text: t('leaveText'), action: t('discard'), cancel: t('keep'), danger: true }))) return;
    form.discard();
    onClose();
  };
  return (
    <Drawer opened onClose={() => void leave()} title={title} position="right" size={size} transitionProps={{ duration: 120 }} closeButtonProps={{ 'aria-label': t('close') }} styles={{ title: { fontWeight: 600, fontSize: 16 } }}>
      <FormBody form={form} action={action} onCancel={() => void leave()}>
        {children}
      </FormBody>
    </Drawer>
  );
}

/** FormBody is the form without a drawer: fields, what went wrong, the buttons. */
export function FormBody<S extends DescMessage>({ form, action, onCancel, children }: { form: FormOf<S>; action?: string; onCancel?: () => void; children: ReactNode }) {
  const t = useWords();
  const keys = (e: KeyboardEvent) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      form.submit();
    }
  };
  return (
    <form
      noValidate
      onKeyDown={keys}
      onSubmit={(e) => {
        e.preventDefault();
        form.submit();
      }}
    >
      <Stack gap="sm">
        {form.restored && form.dirty && (
          <Text size="sm" className="hf-quiet">
            {t('draftFound')}{' '}
            <Anchor component="button" type="button" size="sm" onClick={form.discard}>
              {t('discardDraft')}
            </Anchor>
          </Text>
        )}
        <Trouble form={form} />
        {children}
        <Slow busy={form.saving} />
        <Group gap="sm" mt="xs" className="hf-formfoot">
          <Button type="submit" loading={form.saving}>
            {action ?? (form.creating ? t('create') : t('save'))}
          </Button>
          {onCancel && (
            <Button variant="default" onClick={onCancel}>
              {t('cancel')}
            </Button>
          )}
          <Text size="xs" className="hf-quiet" ml="auto">
            {t('submitHint')}
          </Text>
        </Group>
      </Stack>
      {form.conflict && <ConflictDialog form={form} />}
    </form>
  );
}

/** Trouble says what no field says: a fault of the whole, or messages for fields that this form does not draw. */
function Trouble<S extends DescMessage>({ form }: { form: FormOf<S> }) {
  const t = useWords();
  if (!form.fault) return null;
  const drawn = new Set([...form.labels.current.keys()].map((k) => fieldNames(form, k)));
  const others = Object.entries(form.fault.fields).filter(([name]) => !drawn.has(name) && !name.includes('.'));
  const beside = Object.keys(form.fault.fields).some((name) => drawn.has(name));
  if (beside && !others.length) return null;
  return (
    <Alert color="red" role="alert">
      {others.length ? others.map(([name, message]) => <div key={name}>{`${name}: ${message}`}</div>) : saying(form.fault)}
      {form.fault.requestId && <div className="hf-num hf-quiet">{t('request', { id: form.fault.requestId })}</div>}
    </Alert>
  );
}

function fieldNames<S extends DescMessage>(form: FormOf<S>, key: string): string {
  return fieldOf(form.schema, key).name;
}

/** ConflictDialog shows what somebody else changed meanwhile, and asks which value stays. */
export function ConflictDialog<S extends DescMessage>({ form }: { form: FormOf<S> }) {
  const t = useWords();
  const [mine, setMine] = useState<readonly string[]>(form.conflict?.keys ?? []);
  if (!form.conflict) return null;
  const { theirs, keys } = form.conflict;
  const read = (of: unknown, key: string) => shown((of as Record<string, unknown>)[key]);
  const choose = (key: string, own: boolean) => setMine((m) => (own ? [...m.filter((k) => k !== key), key] : m.filter((k) => k !== key)));
  return (
    <Modal opened onClose={form.giveUp} title={t('conflictTitle')} size="lg" zIndex={400} closeButtonProps={{ 'aria-label': t('close') }}>
      <Stack gap="sm">
        <Text size="sm">{keys.length ? t('conflictText') : t('conflictNone')}</Text>
        {keys.length > 0 && (
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('conflictField')}</Table.Th>
                <Table.Th>{t('conflictTheirs')}</Table.Th>
                <Table.Th>{t('conflictMine')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {keys.map((key) => (
                <Table.Tr key={key}>
                  <Table.Th scope="row">{form.labels.current.get(key) ?? key}</Table.Th>
                  <Table.Td>
                    <Radio name={key} checked={!mine.includes(key)} onChange={() => choose(key, false)} label={read(theirs, key)} />
                  </Table.Td>
                  <Table.Td>
                    <Radio name={key} checked={mine.includes(key)} onChange={() => choose(key, true)} label={read(form.values, key)} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={form.giveUp}>
            {t('keep')}
          </Button>
          <Button loading={form.saving} onClick={() => form.resolve(mine)}>
            {t('conflictSave')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
