import { Loader, Select, type SelectProps } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@connectrpc/connect-query';
import { skipToken } from '@tanstack/react-query';
import { useState } from 'react';
import { MeService } from '../gen/holdfast/me/v1/me_pb';
import type { Search } from '../lib/address';
import { getOf, requestOf, type ListMethod, type Page } from '../lib/lists';
import { useMay } from '../lib/me';
import type { Named } from './recordlink';
import { useWords } from './words';

/** Callable is what every record has one of to be called by. */
interface Callable {
  id: string;
  number?: string;
  name?: string;
  title?: string;
  fullName?: string;
  label?: string;
}

/** refOf is what a record of any kind is called. */
export function refOf(r: Callable): Named {
  return { id: r.id, number: r.number ?? '', label: r.title || r.name || r.fullName || r.label || r.id };
}

/** titleOf is the same as one text. */
export function titleOf(r: Callable): string {
  const { number, label } = refOf(r);
  return number ? `${number} ${label}` : label;
}

/** useRecordLabel is what the record of an id is called; the id's first characters until it is known. */
export function useRecordLabel(records: ListMethod | undefined, id: string | undefined): string {
  const get = records && getOf(records);
  const may = useMay();
  const usable = get && id && may(get) ? get : undefined;
  const query = useQuery((usable ?? records ?? fallback) as ListMethod, usable ? ({ id } as never) : skipToken, { staleTime: 300_000 });
  return query.data ? titleOf(query.data as unknown as Callable) : (id?.slice(0, 8) ?? '');
}

const fallback = MeService.method.getMe;

export interface RecordSelectProps extends Omit<SelectProps, 'data' | 'value' | 'onChange' | 'searchable'> {
  /** The List method of what can be chosen. */
  records: ListMethod;
  value: string;
  /** What the value is called, where it is known already. */
  valueLabel?: string;
  onChange: (id: string, label: string) => void;
  /** Narrows what can be chosen, as the list's own parameters. */
  fixed?: Record<string, string | string[]>;
  /** Begins anew after a choice, for fields that take several. */
  again?: boolean;
}

/** RecordSelect chooses one record of another list by its words. The first suggestion is highlighted and Enter takes it; a form around it
 * is not sent while the list is open or what was typed is not yet a record. */
export function RecordSelect({ records, value, valueLabel, onChange, fixed, again, ...rest }: RecordSelectProps) {
  const t = useWords();
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [q] = useDebouncedValue(text, 200);
  const may = useMay();
  const label = useRecordLabel(valueLabel ? undefined : records, value || undefined);
  const shown = valueLabel ?? label;
  const asked: Search = q && q !== shown ? { q } : {};
  const query = useQuery(records, open && may(records) ? requestOf(records, { ...fixed, ...asked, total: 'none' }) : skipToken, { placeholderData: (before) => before });
  const items = ((query.data as unknown as Page<Callable> | undefined)?.items ?? []).map((r) => ({ value: r.id, label: titleOf(r) }));
  const data = value && !items.some((i) => i.value === value) ? [{ value, label: shown }, ...items] : items;
  const unresolved = text.trim() !== '' && text !== shown;
  return (
    <Select
      {...rest}
      searchable
      // Turns true when the answer to what was typed is there, which highlights its first line.
      selectFirstOptionOnChange={unresolved && q === text && !query.isFetching}
      onKeyDown={(e) => {
        if (e.key === 'Enter' && (open || unresolved)) {
          e.preventDefault();
          e.stopPropagation();
        }
        rest.onKeyDown?.(e);
      }}
      clearable={!rest.required}
      data={data}
      value={value || null}
      filter={({ options }) => options}
      searchValue={text}
      onSearchChange={setText}
      onDropdownOpen={() => setOpen(true)}
      onDropdownClose={() => setOpen(false)}
      onChange={(id, option) => {
        onChange(id ?? '', option?.label ?? '');
        if (again) setText('');
      }}
      placeholder={rest.placeholder ?? t('searching')}
      nothingFoundMessage={query.isFetching ? t('loading') : t('nothingFound')}
      rightSection={query.isFetching && open ? <Loader size={14} aria-hidden /> : undefined}
      comboboxProps={{ withinPortal: true, ...rest.comboboxProps }}
    />
  );
}
