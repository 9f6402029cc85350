import { ActionIcon, Button, Checkbox, Menu, Modal, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import type { JsonObject } from '@bufbuild/protobuf';
import { EllipsisVertical, Save, Trash2, Users } from 'lucide-react';
import { useState } from 'react';
import { ViewService, type View } from '../gen/holdfast/views/v1/views_pb';
import { useAct } from '../lib/act';
import { oneOf, type Search } from '../lib/address';
import { faultOf } from '../lib/faults';
import { filtersOf, type ListMethod } from '../lib/lists';
import { useMe } from '../lib/me';
import { failed, saying } from './fault';
import { useWords } from './words';

interface Props {
  word: string;
  method: ListMethod;
  search: Search;
  change: (changes: Record<string, string | string[] | undefined>) => void;
  columns: string[] | undefined;
  choose: (columns: string[] | undefined) => void;
}

/** Views are the saved lists of a word, as tabs. */
export function Views({ word, method, search, change, columns, choose }: Props) {
  const t = useWords();
  const me = useMe();
  const views = useQuery(ViewService.method.listViews, { word: [word], perPage: 100 }, { staleTime: 60_000 }).data?.items ?? [];
  const save = useAct(ViewService.method.updateView, { onError: failed });
  const remove = useAct(ViewService.method.deleteView, { onError: failed });
  const [naming, setNaming] = useState(false);
  const filters = filtersOf(method, search);
  const now = views.find((v) => v.id === oneOf(search.view));
  const cleared = Object.fromEntries(Object.keys(filters).map((k) => [k, undefined]));
  const take = (v: View | undefined) => {
    if (v?.columns.length) choose(v.columns);
    change({ ...cleared, ...(v?.filter as Record<string, string | string[]> | undefined), order_by: v?.orderBy || undefined, view: v?.id, page: undefined });
  };
  const changed = Object.keys(filters).length > 0 || oneOf(search.order_by) !== '';
  return (
    <div className="hf-views" role="group" aria-label={t('views')}>
      <button type="button" className="hf-view" aria-current={!now} onClick={() => take(undefined)}>
        {t('all')}
      </button>
      {views.map((v) => (
        <button key={v.id} type="button" className="hf-view" aria-current={v.id === now?.id} onClick={() => take(v)}>
          {v.name}
          {v.shared && <Users size={12} aria-hidden style={{ marginLeft: 5, verticalAlign: -1 }} />}
        </button>
      ))}
      {changed && !now && (
        <Button size="compact-xs" variant="subtle" my="auto" leftSection={<Save size={13} aria-hidden />} onClick={() => setNaming(true)}>
          {t('saveView')}
        </Button>
      )}
      {now && now.ownerId === me?.user?.id && (
        <Menu withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="sm" my="auto" aria-label={t('more')}>
              <EllipsisVertical size={15} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              leftSection={<Save size={14} aria-hidden />}
              onClick={() => save.mutate({ view: { id: now.id, version: now.version, filter: filters as JsonObject, orderBy: oneOf(search.order_by), columns: columns ?? [] }, updateMask: { paths: ['filter', 'order_by', 'columns'] } })}
            >
              {t('updateView')}
            </Menu.Item>
            <Menu.Item onClick={() => setNaming(true)}>{t('saveView')}</Menu.Item>
            <Menu.Item color="red.8" leftSection={<Trash2 size={14} aria-hidden />} onClick={() => remove.mutate({ id: now.id }, { onSuccess: () => take(undefined) })}>
              {t('deleteView')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {naming && (
        <NewView word={word} filter={filters as JsonObject} orderBy={oneOf(search.order_by)} columns={columns ?? []} onClose={(v) => {
          setNaming(false);
          if (v) change({ view: v.id });
        }} />
      )}
    </div>
  );
}

function NewView({ onClose, ...view }: { word: string; filter: JsonObject; orderBy: string; columns: string[]; onClose: (made?: View) => void }) {
  const t = useWords();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(false);
  const make = useAct(ViewService.method.createView, { onSuccess: (v) => onClose(v) });
  const fault = make.error ? faultOf(make.error) : undefined;
  return (
    <Modal opened onClose={() => onClose()} title={t('saveView')} size="sm" centered closeButtonProps={{ 'aria-label': t('close') }}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          make.mutate({ view: { ...view, name, shared } });
        }}
      >
        <Stack gap="sm">
          <TextInput label={t('viewName')} value={name} required data-autofocus maxLength={100} onChange={(e) => setName(e.currentTarget.value)} error={fault && (fault.fields.name ?? saying(fault))} />
          <Checkbox label={t('viewShared')} checked={shared} onChange={(e) => setShared(e.currentTarget.checked)} />
          <Button type="submit" loading={make.isPending}>
            {t('save')}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
