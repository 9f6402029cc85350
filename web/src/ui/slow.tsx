import { Button, Group, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useWords } from './words';

/** How long people wait without a word, in milliseconds. */
const patience = 4000;

/** useSlow tells whether something takes longer than people wait without a word. */
export function useSlow(busy: boolean): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!busy) return;
    const timer = setTimeout(() => setSlow(true), patience);
    return () => {
      clearTimeout(timer);
      setSlow(false);
    };
  }, [busy]);
  return slow;
}

/** Slow says that an answer takes long, and asks for it anew; where something is being stored, that it is kept. */
export function Slow({ busy, again }: { busy: boolean; again?: () => void }) {
  const t = useWords();
  const slow = useSlow(busy);
  return (
    <div role="status" className="hf-slow">
      {slow && (
        <Group gap="sm" my="xs">
          <Text size="sm" className="hf-quiet">
            {t(again ? 'slowRead' : 'slowSave')}
          </Text>
          {again && (
            <Button size="compact-xs" variant="default" onClick={again}>
              {t('slowAgain')}
            </Button>
          )}
        </Group>
      )}
    </div>
  );
}
