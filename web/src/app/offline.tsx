import { Button, Group, Text } from '@mantine/core';
import { CloudOff } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { lookNow, silent, subscribe } from '../lib/online';
import { useWords } from './words';

/** Offline is the banner over everything while the server does not answer. */
export function Offline() {
  const t = useWords();
  const away = useSyncExternalStore(subscribe, silent);
  return (
    <div role="status" aria-live="polite">
      {away && (
        <Group className="hf-offline" gap="sm" px="md" py={6} wrap="nowrap">
          <CloudOff size={16} aria-hidden />
          <Text size="sm" flex={1}>
            {t('offline')}
          </Text>
          <Button size="compact-xs" variant="white" color="dark" onClick={lookNow}>
            {t('tryNow')}
          </Button>
        </Group>
      )}
    </div>
  );
}
