import { Checkbox, ScrollArea, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { day } from '../lib/format';
import { DayInput } from './dates';
import type { Filter } from './listbar';
import { RecordSelect, useRecordLabel } from './recordselect';
import { useWords } from './words';
import { Segments } from './segments';

/** useFilterText is what a chip says about its filter. */
export function useFilterText(filter: Filter, value: string[]): string {
  const t = useWords();
  const record = useRecordLabel(filter.kind === 'record' ? filter.records : undefined, value[0]);
  switch (filter.kind) {
    case 'record':
      return value.length > 1 ? `${record} +${value.length - 1}` : record;
    case 'day':
      return t('since', { date: day((value[0] ?? '').slice(0, 10)) });
    case 'flag':
      return value[0] === 'false' ? t('no') : t('yes');
    case 'text':
      return value.join(', ');
    default:
      return value.map((v) => filter.options?.find((o) => o.value === v)?.label ?? v).join(', ');
  }
}

/** FilterValue chooses the value of one filter. */
export function FilterValue({ filter, value, onChange }: { filter: Filter; value: string[]; onChange: (value: string[] | undefined) => void }) {
  const t = useWords();
  const [text, setText] = useState(value.join(' '));
  switch (filter.kind) {
    case 'record':
      return filter.records ? <RecordSelect records={filter.records} label={filter.label} value={value[0] ?? ''} onChange={(v) => onChange(v ? [v] : undefined)} /> : null;
    case 'flag':
      return (
        <Segments
          label={filter.label} value={value[0] ?? ''} onChange={(v) => onChange(v ? [v] : undefined)}
          data={[{ value: 'true', label: t('yes') }, { value: 'false', label: t('no') }, { value: '', label: t('all') }]}
        />
      );
    case 'day':
      return <DayInput aria-label={filter.label} value={value[0]?.slice(0, 10) ?? null} onChange={(d) => onChange(d ? [`${d}T00:00:00Z`] : undefined)} clearable popoverProps={{ withinPortal: false }} />;
    case 'text':
      return (
        <TextInput
          aria-label={filter.label} value={text} data-autofocus onChange={(e) => setText(e.currentTarget.value)} onBlur={() => onChange(text.trim() ? [text.trim()] : undefined)}
          onKeyDown={(e) => e.key === 'Enter' && onChange(text.trim() ? [text.trim()] : undefined)}
        />
      );
    default:
      return (
        <ScrollArea.Autosize mah={320}>
          <Checkbox.Group value={value} onChange={onChange} aria-label={filter.label}>
            <Stack gap={8}>
              {(filter.options ?? []).map((o) => (
                <Checkbox key={o.value} size="sm" value={o.value} label={o.label} />
              ))}
            </Stack>
          </Checkbox.Group>
        </ScrollArea.Autosize>
      );
  }
}
