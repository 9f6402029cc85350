import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { faultOf } from '../lib/faults';
import { FaultNote } from './fault';
import { Slow } from './slow';
import { useWords } from './words';

interface Props {
  title: string;
  text?: string;
  /** What the button says that goes on. */
  action: string;
  busy: boolean;
  error: unknown;
  /** The proto names of the fields that have a place for their own message. */
  fields: readonly string[];
  onSend: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** Ask is a dialog that wants a few words before something is done. Its fields hold them in useDraft, so that closing it loses nothing. */
export function Ask({ title, text, action, busy, error, fields, onSend, onClose, children }: Props) {
  const t = useWords();
  const beside = error ? Object.keys(faultOf(error).fields).some((f) => fields.includes(f)) : true;
  return (
    <Modal opened onClose={onClose} title={title} size="lg" transitionProps={{ duration: 100 }} closeButtonProps={{ 'aria-label': t('close') }}>
      <form
        noValidate
        onKeyDown={(e) => {
          if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !busy) onSend();
        }}
        onSubmit={(e) => {
          e.preventDefault();
          if (!busy) onSend();
        }}
      >
        <Stack gap="sm">
          {text && <Text size="sm">{text}</Text>}
          {!beside && <FaultNote error={error} />}
          {children}
          <Slow busy={busy} />
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {t('cancel')}
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
