import { Button, Group, Modal, Text } from '@mantine/core';
import { useState, useSyncExternalStore } from 'react';
import { answer, question, subscribe } from './confirm';
import { useWords } from './words';

/** ConfirmDialog is the one dialog that asks before something that cannot be taken back; it stands once, around the pages. */
export default function ConfirmDialog() {
  const t = useWords();
  const now = useSyncExternalStore(subscribe, question);
  // While it closes it still says what it asked.
  const [last, setLast] = useState(now);
  if (now && now !== last) setLast(now);
  const shown = now ?? last;
  return (
    <Modal opened={!!now} onClose={() => answer(false)} title={shown?.title} centered size="sm" zIndex={500} transitionProps={{ duration: 100 }} closeButtonProps={{ 'aria-label': t('close') }}>
      {shown?.text && (
        <Text size="sm" mb="md">
          {shown.text}
        </Text>
      )}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={() => answer(false)}>
          {shown?.cancel ?? t('cancel')}
        </Button>
        <Button color={shown?.danger ? 'red.8' : undefined} onClick={() => answer(true)} data-autofocus>
          {shown?.action}
        </Button>
      </Group>
    </Modal>
  );
}
