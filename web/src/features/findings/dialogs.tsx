import { Button, Group, Modal, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
import { DateInput } from '@mantine/dates';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { getOption } from '@bufbuild/protobuf';
import { useState, type ReactNode } from 'react';
import { field } from '../../gen/buf/validate/validate_pb';
import { FindingService, RetestSchema, type Finding } from '../../gen/holdfast/findings/v1/findings_pb';
import { useAct } from '../../lib/act';
import { faultOf } from '../../lib/faults';
import { FaultNote } from '../../ui/fault';
import { MarkdownEditor } from '../../ui/markdowneditor';
import { useWords as useShared } from '../../ui/words';
import { useWords } from './words';

interface AskProps {
  title: string;
  text: string;
  action: string;
  busy: boolean;
  error: unknown;
  fields: readonly string[];
  onSend: () => void;
  onClose: () => void;
  children: ReactNode;
}

function Ask({ title, text, action, busy, error, fields, onSend, onClose, children }: AskProps) {
  const ui = useShared();
  const fault = error ? faultOf(error) : undefined;
  return (
    <Modal opened onClose={onClose} title={title} size="lg" transitionProps={{ duration: 100 }} closeButtonProps={{ 'aria-label': ui('close') }}>
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          onSend();
        }}
        onKeyDown={(e) => {
          if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) onSend();
        }}
      >
        <Stack gap="sm">
          <Text size="sm">{text}</Text>
          {fault && !Object.keys(fault.fields).some((f) => fields.includes(f)) ? <FaultNote error={error} /> : null}
          {children}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {ui('cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function resultsOf(): readonly string[] {
  const { type } = getOption(RetestSchema.field.result, field);
  return type.case === 'string' ? type.value.in : [];
}

/** RetestDialog notes what a re-test showed. */
export function RetestDialog({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const t = useWords();
  const add = useAct(FindingService.method.addRetest, { onSuccess: onClose });
  const [result, setResult] = useState('fixed');
  const [note, setNote] = useState('');
  const fault = add.error ? faultOf(add.error) : undefined;
  return (
    <Ask
      title={`${t('retest')}: ${finding.number}`} text={t('retestText')} action={t('retest')} busy={add.isPending} error={add.error} fields={['result', 'note']}
      onSend={() => add.mutate({ id: finding.id, retest: { result, note: note || undefined } })} onClose={onClose}
    >
      <SegmentedControl aria-label={t('result')} value={result} onChange={setResult} data={resultsOf().map((value) => ({ value, label: useWords.word(`result.${value}`) }))} />
      <MarkdownEditor label={t('note')} value={note} onChange={setNote} error={fault?.fields.note} maxLength={10000} />
    </Ask>
  );
}

/** AcceptDialog accepts a risk until a day, with a reason. */
export function AcceptDialog({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const t = useWords();
  const update = useAct(FindingService.method.updateFinding, { onSuccess: onClose });
  const [until, setUntil] = useState<string | null>(null);
  const [today] = useState(() => new Date());
  const [reason, setReason] = useState('');
  const fault = update.error ? faultOf(update.error) : undefined;
  const send = () =>
    update.mutate({
      finding: { id: finding.id, version: finding.version, remediationStatus: 'accepted_risk', acceptedUntil: until ? timestampFromDate(new Date(`${until}T23:59:59`)) : undefined, reason },
      updateMask: { paths: ['remediation_status', 'accepted_until', 'reason'] },
    });
  return (
    <Ask title={`${t('accept')}: ${finding.number}`} text={t('acceptText')} action={t('accept')} busy={update.isPending} error={update.error} fields={['accepted_until', 'reason']} onSend={send} onClose={onClose}>
      <DateInput label={t('accepted_until')} required valueFormat="L" minDate={today} value={until} onChange={setUntil} error={fault?.fields.accepted_until} data-autofocus />
      <Textarea label={t('reason')} required autosize minRows={2} maxLength={500} value={reason} error={fault?.fields.reason} onChange={(e) => setReason(e.currentTarget.value)} />
    </Ask>
  );
}
