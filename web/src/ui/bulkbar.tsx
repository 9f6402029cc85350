import { Button, CloseButton, Group, Progress, Text } from '@mantine/core';
import { useState } from 'react';
import { faultOf } from '../lib/faults';
import { confirm } from './confirm';
import { failed, saying, told } from './fault';
import type { Bulk } from './list';
import { useWords } from './words';

/** BulkBar does one thing to all that are selected, one after the other; what fails stays selected and is named. */
export function BulkBar<Row extends { id: string }>({ rows, actions, name, clear }: { rows: Row[]; actions: Bulk<Row>[]; name: (row: Row) => string; clear: (left: Row[]) => void }) {
  const t = useWords();
  const [done, setDone] = useState<number>();
  const start = async (action: Bulk<Row>) => {
    if (action.confirm && !(await confirm({ title: action.label, text: action.confirm.replace('{n}', String(rows.length)), action: action.label, danger: action.danger }))) return;
    const left: Row[] = [];
    let why: unknown;
    for (const [i, row] of rows.entries()) {
      setDone(i);
      try {
        await action.run(row);
      } catch (fault) {
        why = fault;
        left.push(row);
      }
    }
    setDone(undefined);
    clear(left);
    if (left.length === 0) told(t('saved'));
    else if (left.length === rows.length) failed(why);
    else told(`${left.map(name).join(', ')}: ${saying(faultOf(why))}`);
  };
  return (
    <div className="hf-foot hf-bulk" role="region" aria-label={t('selected', { n: rows.length })}>
      <CloseButton size="sm" aria-label={t('clearSelection')} onClick={() => clear([])} />
      <Text size="sm" fw={600} aria-live="polite">
        {t('selected', { n: rows.length })}
      </Text>
      {done !== undefined && <Progress value={(done / rows.length) * 100} w={120} aria-label={t('loading')} />}
      <Group gap="xs" ml="auto">
        {actions.map((a) => (
          <Button key={a.label} size="xs" variant="default" c={a.danger ? 'var(--hf-critical)' : undefined} disabled={done !== undefined} leftSection={<a.icon size={14} aria-hidden />} onClick={() => void start(a)}>
            {a.label}
          </Button>
        ))}
      </Group>
    </div>
  );
}
