import { Button, Group, Modal, Text } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { useWords } from './words';

interface Question {
  title: string;
  text?: string;
  /** What the button that goes on says. */
  action: string;
  danger?: boolean;
  cancel?: string;
}

let asked: (Question & { answer: (yes: boolean) => void }) | undefined;
const listeners = new Set<() => void>();

function set(next: typeof asked) {
  asked = next;
  for (const tell of listeners) tell();
}

/** confirm asks before something that cannot be taken back. */
export function confirm(question: Question): Promise<boolean> {
  asked?.answer(false);
  return new Promise((answer) => set({ ...question, answer }));
}

/** ConfirmDialog draws the question; it stands once, around the pages. */
export function ConfirmDialog() {
  const t = useWords();
  const now = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => asked,
  );
  const done = (yes: boolean) => {
    now?.answer(yes);
    set(undefined);
  };
  return (
    <Modal opened={!!now} onClose={() => done(false)} title={now?.title} centered size="sm" zIndex={500} transitionProps={{ duration: 100 }} closeButtonProps={{ 'aria-label': t('close') }}>
      {now?.text && (
        <Text size="sm" mb="md">
          {now.text}
        </Text>
      )}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={() => done(false)}>
          {now?.cancel ?? t('cancel')}
        </Button>
        <Button color={now?.danger ? 'red.8' : undefined} onClick={() => done(true)} data-autofocus>
          {now?.action}
        </Button>
      </Group>
    </Modal>
  );
}
