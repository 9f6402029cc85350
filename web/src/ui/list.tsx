import { Button, Checkbox, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useQuery } from '@connectrpc/connect-query';
import type { DescMethod } from '@bufbuild/protobuf';
import { keepPreviousData } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, Plus, type LucideIcon } from 'lucide-react';
import { useCallback, useMemo, useRef, useState, type ReactNode } from 'react';
import { filtersOf, requestOf, type ListMethod, type Page, type RowOf } from '../lib/lists';
import { oneOf } from '../lib/address';
import { faultOf } from '../lib/faults';
import { useMay } from '../lib/me';
import { useColumns } from '../lib/preferences';
import { useTitle } from '../lib/place';
import { BulkBar } from './bulkbar';
import { FaultNote } from './fault';
import { ListBar, type Filter } from './listbar';
import { useListKeys } from './listkeys';
import { orderOf, useAddress } from './liststate';
import { Pager } from './pager';
import { usePrefetch } from './prefetch';
import { Slow } from './slow';
import { Panel } from './panel';
import { Views } from './views';
import { useWords } from './words';
import './list.css';

/** Column is one column of a list. */
export interface Column<Row> {
  /** The field's proto name; it is what the person's choice of columns and saved views remember. */
  key: string;
  label: string;
  cell: (row: Row) => ReactNode;
  /** True where the server sorts by key; a text where it calls it otherwise. */
  sort?: boolean | string;
  /** Not shown until somebody chooses it. */
  hidden?: boolean;
  /** The title: it cannot be taken away, and is what narrow screens show first. */
  main?: boolean;
  width?: number;
  align?: 'right';
}

/** Bulk is something that is done to all that are selected. */
export interface Bulk<Row> {
  label: string;
  icon: LucideIcon;
  needs: DescMethod;
  danger?: boolean;
  /** It is asked before; {n} is how many. */
  confirm?: string;
  /** Done to each. What fails is told by its name, and stays selected. */
  run: (row: Row) => Promise<unknown>;
}

export interface ListProps<M extends ListMethod> {
  /** The list's word in the address, such as "sites". */
  word: string;
  title: string;
  method: M;
  columns: Column<RowOf<M>>[];
  filters?: Filter[];
  /** The order without a choice, as the server has it. */
  order: string;
  /** What a row is called, for screen readers and messages. */
  name: (row: RowOf<M>) => string;
  bulk?: Bulk<RowOf<M>>[];
  /** Makes the button, the key c and ?new. */
  create?: { label: string; needs: DescMethod; form: (close: () => void) => ReactNode };
  /** The record in the drawer over the list. */
  detail?: (id: string, close: () => void) => ReactNode;
  /** Instead of the drawer: where Enter and a click lead. */
  onOpen?: (row: RowOf<M>) => void;
  /** What the list is for, shown while it is empty. */
  empty: string;
  /** Further buttons of the header. */
  actions?: ReactNode;
  /** Fixed filters that the address bar does not show. */
  fixed?: Record<string, string | string[]>;
}

/** RecordList is the one table: the server pages, sorts and filters; the address bar says how. */
export function RecordList<M extends ListMethod>(p: ListProps<M>) {
  type Row = RowOf<M> & { id: string };
  const t = useWords();
  const may = useMay();
  const [search, change] = useAddress();
  const [density] = useLocalStorage<'compact' | 'comfortable'>({ key: 'holdfast.density', defaultValue: 'compact', getInitialValueInEffect: false });
  const asked = useMemo(() => ({ ...search, ...p.fixed }), [search, p.fixed]);
  const request = useMemo(() => requestOf(p.method, asked), [p.method, asked]);
  const query = useQuery(p.method, request, { placeholderData: keepPreviousData });
  const page = query.data as unknown as Page<Row> | undefined;
  const rows = useMemo(() => page?.items ?? [], [page]);
  const [chosen, choose] = useColumns(p.word);
  const columns = useMemo(() => {
    const picked = chosen ? chosen.map((k) => p.columns.find((c) => c.key === k)).filter((c) => c !== undefined) : p.columns.filter((c) => !c.hidden);
    const main = p.columns.filter((c) => c.main && !picked.includes(c));
    return [...main, ...picked];
  }, [chosen, p.columns]);
  const [selected, setSelected] = useState<ReadonlyMap<string, Row>>(new Map());
  const [mark, setMark] = useState<{ of: unknown; at: number }>();
  const body = useRef<HTMLTableSectionElement>(null);
  const finder = useRef<HTMLInputElement>(null);
  // The row that the keys are at; another page begins above its first.
  const at = mark?.of === request ? mark.at : -1;
  const setAt = useCallback((i: number) => setMark({ of: request, at: i }), [request]);
  const order = orderOf(search, p.order);
  const openId = oneOf(search.show);
  const mayCreate = p.create && may(p.create.needs);
  const creating = mayCreate && 'new' in search;
  const bulk = (p.bulk ?? []).filter((b) => may(b.needs));
  const ahead = usePrefetch(p.method);
  useTitle(p.title);

  const open = useCallback(
    (row: Row) => (p.onOpen ? p.onOpen(row) : change({ show: row.id, edit: undefined, tab: undefined }, !openId)),
    [p, change, openId],
  );
  const pick = useCallback((row: Row) => {
    setSelected((now) => {
      const next = new Map(now);
      if (!next.delete(row.id)) next.set(row.id, row);
      return next;
    });
  }, []);
  const goTo = useCallback(
    (i: number) => {
      const to = Math.max(0, Math.min(rows.length - 1, i));
      setAt(to);
      body.current?.querySelectorAll<HTMLElement>('tr')[to]?.querySelector<HTMLElement>('[data-open]')?.focus();
      body.current?.querySelectorAll('tr')[to]?.scrollIntoView({ block: 'nearest' });
      const row = rows[to];
      if (openId && row && !p.onOpen) change({ show: row.id });
    },
    [rows, openId, change, p.onOpen, setAt],
  );
  useListKeys({
    next: () => goTo(at + 1),
    previous: () => goTo(at - 1),
    pick: () => rows[at] && bulk.length > 0 && pick(rows[at]),
    search: () => finder.current?.focus(),
    create: () => mayCreate && change({ new: '' === search.new ? undefined : [''] }, true),
    edit: () => {
      const id = openId || rows[at]?.id;
      if (id) change({ show: id, edit: ['1'] }, !openId);
    },
    escape: () => {
      if (openId) change({ show: undefined, edit: undefined, tab: undefined });
      else setSelected(new Map());
    },
  });

  const narrowed = Object.keys(filtersOf(p.method, search)).length > 0;
  const allPicked = rows.length > 0 && rows.every((r) => selected.has(r.id));
  const somePicked = rows.some((r) => selected.has(r.id));
  const sort = (c: Column<RowOf<M>>) => {
    const key = typeof c.sort === 'string' ? c.sort : c.key;
    const next = order.key === key && !order.down ? `-${key}` : key;
    change({ order_by: next === p.order ? undefined : next, page: undefined });
  };

  return (
    <div className="hf-list" data-density={density}>
      <div className="hf-listhead">
        <h1>{p.title}</h1>
        <Group gap="xs" ml="auto" wrap="nowrap">
          {p.actions}
          {mayCreate && (
            <Button size="xs" leftSection={<Plus size={14} aria-hidden />} onClick={() => change({ new: [''] }, true)}>
              {p.create?.label}
            </Button>
          )}
        </Group>
      </div>
      <Views word={p.word} method={p.method} search={search} change={change} columns={chosen} choose={choose} />
      <ListBar
        word={p.word} method={p.method} filters={p.filters ?? []} search={search} fixed={p.fixed} change={change} finder={finder}
        columns={p.columns.map(({ key, label, main }) => ({ key, label, main }))} shown={columns.map((c) => c.key)} choose={choose}
      />
      <div className="hf-rows" tabIndex={-1} aria-busy={query.isFetching}>
        {query.isError && !page ? (
          <Stack p="md">
            <FaultNote error={query.error} title={t('failedList')} retry={() => void query.refetch()} />
          </Stack>
        ) : (
          <>
            {query.isError && faultOf(query.error).kind !== 'unreachable' && (
              <Stack p="md" pb={0}>
                <FaultNote error={query.error} title={t('listOld')} retry={() => void query.refetch()} />
              </Stack>
            )}
            <table className="hf-table" aria-label={p.title}>
              <thead>
                <tr>
                  {bulk.length > 0 && (
                    <th className="hf-pick" scope="col">
                      <Checkbox
                        size="xs" aria-label={t('selectAll')} checked={allPicked} indeterminate={somePicked && !allPicked}
                        onChange={() => setSelected(allPicked ? new Map() : new Map([...selected, ...rows.map((r): [string, Row] => [r.id, r])]))}
                      />
                    </th>
                  )}
                  {columns.map((c) => {
                    const key = typeof c.sort === 'string' ? c.sort : c.key;
                    const here = order.key === key;
                    return (
                      <th key={c.key} scope="col" style={{ width: c.width, textAlign: c.align }} aria-sort={c.sort && here ? (order.down ? 'descending' : 'ascending') : undefined}>
                        {c.sort ? (
                          <button type="button" className="hf-sort" onClick={() => sort(c)} title={t('sortBy', { name: c.label })}>
                            {c.label}
                            {here && (order.down ? <ArrowDown size={13} aria-hidden /> : <ArrowUp size={13} aria-hidden />)}
                          </button>
                        ) : (
                          c.label
                        )}
                      </th>
                    );
                  })}
                </tr>
              </thead>
              <tbody ref={body}>
                {query.isPending && !page
                  ? Array.from({ length: 12 }, (_, i) => (
                      <tr key={i} className="hf-ghost">
                        {bulk.length > 0 && <td className="hf-pick" />}
                        {columns.map((c, j) => (
                          <td key={c.key}>
                            <Skeleton height={12} width={`${40 + ((i * 7 + j * 13) % 45)}%`} />
                          </td>
                        ))}
                      </tr>
                    ))
                  : rows.map((row, i) => (
                      <tr
                        key={row.id} data-at={i === at || undefined} data-picked={selected.has(row.id) || undefined} data-opened={row.id === openId || undefined}
                        onPointerEnter={() => p.detail && ahead.over(row.id)} onPointerLeave={ahead.out} onFocus={() => p.detail && ahead.over(row.id)}
                        onClick={(e) => {
                          if ((e.target as Element).closest('a,button,input,label') || getSelection()?.toString()) return;
                          setAt(i);
                          open(row);
                        }}
                      >
                        {bulk.length > 0 && (
                          <td className="hf-pick">
                            <Checkbox size="xs" aria-label={t('selectRow', { name: p.name(row) })} checked={selected.has(row.id)} onChange={() => pick(row)} />
                          </td>
                        )}
                        {columns.map((c) => (
                          <td key={c.key} style={{ textAlign: c.align }} data-main={c.main || undefined} data-label={c.label}>
                            {c.main ? (
                              <button type="button" data-open className="hf-open" aria-label={p.name(row)} onFocus={() => setAt(i)} onClick={() => open(row)}>
                                {c.cell(row)}
                              </button>
                            ) : (
                              c.cell(row)
                            )}
                          </td>
                        ))}
                      </tr>
                    ))}
              </tbody>
            </table>
          </>
        )}
        {page && !rows.length && (
          <Stack align="center" gap="xs" p="xl" ta="center" className="hf-empty">
            <Text fw={600}>{narrowed ? t('noMatch') : p.title}</Text>
            <Text size="sm" className="hf-quiet" maw={420}>
              {narrowed ? t('noMatchText') : p.empty}
            </Text>
            {narrowed ? (
              <Button size="xs" variant="default" onClick={() => change({ ...Object.fromEntries(Object.keys(filtersOf(p.method, search)).map((k) => [k, undefined])), page: undefined })}>
                {t('clearFilters')}
              </Button>
            ) : (
              mayCreate && (
                <Button size="xs" onClick={() => change({ new: [''] }, true)}>
                  {p.create?.label}
                </Button>
              )
            )}
          </Stack>
        )}
      </div>
      {selected.size > 0 ? (
        <BulkBar rows={[...selected.values()]} actions={bulk} name={p.name} clear={(left) => setSelected(new Map(left.map((r) => [r.id, r])))} />
      ) : (
        (!page || rows.length > 0 || page.page > 1) && <Pager page={page} change={change} />
      )}
      <Slow busy={query.isFetching} again={() => void query.refetch()} />
      {openId && p.detail && (
        <Panel key={openId} to={`/${p.word}/${openId}`} onClose={() => change({ show: undefined, edit: undefined, tab: undefined })}>
          {p.detail(openId, () => change({ show: undefined, edit: undefined, tab: undefined }))}
        </Panel>
      )}
      {creating && p.create?.form(() => change({ new: undefined }))}
    </div>
  );
}
