import { Group, Input, Pill, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useState } from 'react';
import type { Ref } from '../gen/holdfast/type/v1/type_pb';
import type { ListMethod } from '../lib/lists';
import { RecordSelect, useRecordLabel } from './recordselect';

interface Props {
  label: string;
  /** The List method of what can be chosen. */
  records: ListMethod;
  value: string[];
  onChange: (ids: string[]) => void;
  /** What the values are called, where it is known already. */
  known?: readonly Ref[];
  error?: ReactNode;
  required?: boolean;
}

/** RecordsSelect chooses several records of another list by their words. */
export function RecordsSelect({ label, records, value, onChange, known, error, required }: Props) {
  const [names, setNames] = useState<Record<string, string>>({});
  return (
    <Input.Wrapper label={label} error={error} required={required} labelElement="div">
      <Stack gap={6}>
        {value.length > 0 && (
          <Group gap={4}>
            {value.map((id) => (
              <Chosen key={id} id={id} records={records} name={names[id] ?? nameOf(known, id)} onRemove={() => onChange(value.filter((v) => v !== id))} />
            ))}
          </Group>
        )}
        <RecordSelect
          again aria-label={label} records={records} value=""
          onChange={(id, name) => {
            if (!id || value.includes(id)) return;
            setNames((n) => ({ ...n, [id]: name }));
            onChange([...value, id]);
          }}
        />
      </Stack>
    </Input.Wrapper>
  );
}

function nameOf(known: readonly Ref[] | undefined, id: string): string | undefined {
  const ref = known?.find((r) => r.id === id);
  return ref && [ref.number, ref.label].filter(Boolean).join(' ');
}

function Chosen({ id, records, name, onRemove }: { id: string; records: ListMethod; name: string | undefined; onRemove: () => void }) {
  const asked = useRecordLabel(name ? undefined : records, id);
  return (
    <Pill withRemoveButton onRemove={onRemove} removeButtonProps={{ 'aria-label': `× ${name ?? asked}`, tabIndex: 0 }}>
      {name ?? asked}
    </Pill>
  );
}
