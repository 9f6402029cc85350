import { ActionIcon, Button, Checkbox, Group, Menu, Popover, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedCallback, useLocalStorage } from '@mantine/hooks';
import { Download, ListFilter, Search as Glass, Settings2, X } from 'lucide-react';
import { useEffect, useState, type RefObject } from 'react';
import { listOf, oneOf, type Search } from '../lib/address';
import { downloadCSV, filtersOf, type ListMethod } from '../lib/lists';
import { failed } from './fault';
import { FilterValue, useFilterText } from './filters';
import { useWords } from './words';
import { Segments } from './segments';

/** Filter narrows a list by one parameter of its request. */
export interface Filter {
  /** The parameter's name, such as "status". */
  key: string;
  label: string;
  /** choice: of options; record: of another list; text; day: at or after; flag: yes or no. Default choice. */
  kind?: 'choice' | 'record' | 'text' | 'day' | 'flag';
  options?: { value: string; label: string }[];
  /** For record: what can be chosen. */
  records?: ListMethod;
}

interface Props {
  word: string;
  method: ListMethod;
  filters: Filter[];
  search: Search;
  /** What narrows the list beside the address bar. */
  fixed?: Search;
  change: (changes: Record<string, string | string[] | undefined>) => void;
  finder: RefObject<HTMLInputElement | null>;
  columns: { key: string; label: string; main?: boolean }[];
  shown: string[];
  choose: (columns: string[] | undefined) => void;
}

/** ListBar has free text, filter chips, and how the list looks. */
export function ListBar({ word, method, filters, search, fixed, change, finder, columns, shown, choose }: Props) {
  const t = useWords();
  const [density, setDensity] = useLocalStorage<string>({ key: 'holdfast.density', defaultValue: 'compact', getInitialValueInEffect: false });
  const [adding, setAdding] = useState<string>();
  const [busy, setBusy] = useState(false);
  const find = useDebouncedCallback((text: string) => change({ q: text || undefined, page: undefined }), 250);
  const q = oneOf(search.q);
  useEffect(() => {
    // The address changed by itself (a view, the way back): the field follows, but never under somebody's hands.
    if (finder.current && finder.current !== document.activeElement) finder.current.value = q;
  }, [q, finder]);
  const set = filters.filter((f) => listOf(search[f.key]).some(Boolean) || adding === f.key);
  const left = filters.filter((f) => !set.includes(f));
  const named = new Set([...filters.map((f) => f.key), 'q']);
  // A tile or a saved view may narrow by what has no filter here: it is shown, and can be taken away.
  const others = Object.entries(filtersOf(method, search)).filter(([k]) => !named.has(k));
  const hasQ = method.input.fields.some((f) => f.name === 'q');
  return (
    <div className="hf-listbar" role="search">
      {hasQ && (
        <TextInput
          ref={finder} size="xs" className="hf-find" type="search" defaultValue={q} placeholder={t('search')} aria-label={t('search')} leftSection={<Glass size={14} aria-hidden />}
          onChange={(e) => find(e.currentTarget.value.trim())}
        />
      )}
      {set.map((f) => (
        <Chip key={f.key} filter={f} value={listOf(search[f.key])} opened={adding === f.key} onClosed={() => setAdding(undefined)}
          onChange={(v) => change({ [f.key]: v, page: undefined })} />
      ))}
      {others.map(([k, v]) => (
        <Button key={k} size="xs" variant="default" rightSection={<X size={13} aria-hidden />} aria-label={t('removeFilter', { name: k })} onClick={() => change({ [k]: undefined, page: undefined })}>
          {k}: {listOf(v).join(', ')}
        </Button>
      ))}
      {left.length > 0 && (
        <Menu position="bottom-start" withinPortal>
          <Menu.Target>
            <Button size="xs" variant="subtle" color="gray" leftSection={<ListFilter size={14} aria-hidden />} aria-label={t('addFilter')}>
              {t('filter')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {left.map((f) => (
              <Menu.Item key={f.key} onClick={() => setAdding(f.key)}>
                {f.label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <Group gap={4} wrap="nowrap" ml="auto">
        <Tooltip label={t('exportCSV')}>
          <ActionIcon variant="subtle" color="gray" loading={busy} aria-label={t('exportCSV')} onClick={() => {
            setBusy(true);
            downloadCSV(method, { ...search, ...fixed }, `${word}.csv`).catch(failed).finally(() => setBusy(false));
          }}>
            <Download size={16} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Popover position="bottom-end" withinPortal trapFocus returnFocus>
          <Popover.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={t('listOptions')}>
              <Settings2 size={16} aria-hidden />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown aria-label={t('listOptions')}>
            <Stack gap="xs" miw={200}>
              <Text size="xs" fw={600}>
                {t('density')}
              </Text>
              <Segments label={t('density')} value={density} onChange={setDensity} data={[{ value: 'compact', label: t('compact') }, { value: 'comfortable', label: t('comfortable') }]} />
              <Text size="xs" fw={600}>
                {t('columns')}
              </Text>
              {columns.map((c) => (
                <Checkbox
                  key={c.key} size="xs" label={c.label} disabled={c.main} checked={shown.includes(c.key)}
                  onChange={() => choose(shown.includes(c.key) ? shown.filter((k) => k !== c.key) : columns.map((x) => x.key).filter((k) => k === c.key || shown.includes(k)))}
                />
              ))}
              <Button size="compact-xs" variant="subtle" onClick={() => choose(undefined)}>
                {t('columnsReset')}
              </Button>
            </Stack>
          </Popover.Dropdown>
        </Popover>
      </Group>
    </div>
  );
}

function Chip({ filter, value, opened, onClosed, onChange }: { filter: Filter; value: string[]; opened: boolean; onClosed: () => void; onChange: (value: string[] | undefined) => void }) {
  const t = useWords();
  const [open, setOpen] = useState(opened);
  const text = useFilterText(filter, value);
  const close = () => {
    setOpen(false);
    onClosed();
  };
  return (
    <Popover opened={open} onChange={(o) => !o && close()} position="bottom-start" withinPortal trapFocus returnFocus>
      <Popover.Target>
        <Button.Group>
          <Button size="xs" variant="default" onClick={() => (open ? close() : setOpen(true))} aria-expanded={open}>
            {filter.label}
            {value.length > 0 && (
              <span className="hf-cut" style={{ maxWidth: 180, display: 'inline-block', verticalAlign: 'bottom' }}>
                :&nbsp;{text}
              </span>
            )}
          </Button>
          <Button
            size="xs" variant="default" px={6} aria-label={t('removeFilter', { name: filter.label })}
            onClick={() => {
              onChange(undefined);
              close();
            }}
          >
            <X size={13} aria-hidden />
          </Button>
        </Button.Group>
      </Popover.Target>
      <Popover.Dropdown aria-label={filter.label} miw={220}>
        <FilterValue filter={filter} value={value} onChange={onChange} />
      </Popover.Dropdown>
    </Popover>
  );
}
