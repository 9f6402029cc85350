import { ActionIcon, Button, Group, NativeSelect, Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@connectrpc/connect-query';
import { skipToken } from '@tanstack/react-query';
import { Link2, X } from 'lucide-react';
import { useState } from 'react';
import { LinkService } from '../gen/holdfast/links/v1/links_pb';
import { SearchService } from '../gen/holdfast/search/v1/search_pb';
import { useAct } from '../lib/act';
import { kindOf } from '../lib/kinds';
import { failed, FaultNote } from './fault';
import { linkTypes, linkWord } from './linkwords';
import { Loaded } from './loaded';
import { RecordLink } from './recordlink';
import { useWords } from './words';

/** Links are the records of any kind that a record is related to. */
export function Links({ kind, id, may }: { kind: string; id: string; may: boolean }) {
  const t = useWords();
  const query = useQuery(LinkService.method.listLinks, { recordKind: kind, recordId: id, perPage: 100 });
  const remove = useAct(LinkService.method.deleteLink, { onError: failed });
  const [adding, setAdding] = useState(false);
  return (
    <Loaded query={query} height={80}>
      {(page) => (
        <Stack gap="sm">
          {page.items.map((l) => {
            const out = l.direction !== 'incoming';
            const other = out ? l.to : l.from;
            const Icon = kindOf(out ? l.toKind : l.fromKind)?.icon ?? Link2;
            return (
              <Group key={l.id} gap="xs" wrap="nowrap">
                <Icon size={15} aria-hidden />
                <span className="hf-quiet" style={{ flex: 'none' }}>
                  {linkWord(l.type, out)}
                </span>
                <span className="hf-cut">
                  <RecordLink kind={out ? l.toKind : l.fromKind} to={other} />
                </span>
                {may && (
                  <ActionIcon size="sm" variant="subtle" color="gray" ml="auto" aria-label={`${t('removeLink')}: ${other?.label ?? ''}`} onClick={() => remove.mutate({ id: l.id })}>
                    <X size={14} aria-hidden />
                  </ActionIcon>
                )}
              </Group>
            );
          })}
          {!page.items.length && <Text className="hf-quiet">{t('linksEmpty')}</Text>}
          {may && (adding ? <Add kind={kind} id={id} onDone={() => setAdding(false)} /> : (
            <Button size="xs" variant="default" w="fit-content" leftSection={<Link2 size={14} aria-hidden />} onClick={() => setAdding(true)}>
              {t('addLink')}
            </Button>
          ))}
        </Stack>
      )}
    </Loaded>
  );
}

function Add({ kind, id, onDone }: { kind: string; id: string; onDone: () => void }) {
  const t = useWords();
  const [type, setType] = useState('relates_to');
  const [text, setText] = useState('');
  const [other, setOther] = useState<string | null>(null);
  const [q] = useDebouncedValue(text, 200);
  const hits = useQuery(SearchService.method.search, /[\p{L}\p{N}]/u.test(q) ? { q, perPage: 10 } : skipToken, { placeholderData: (b) => b }).data?.items ?? [];
  const create = useAct(LinkService.method.createLink, { onSuccess: onDone });
  const data = hits.filter((h) => h.id !== id).map((h) => ({ value: `${h.kind} ${h.id}`, label: [h.number, h.label].filter(Boolean).join(' ') }));
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        const [toKind = '', toId = ''] = (other ?? '').split(' ');
        if (toId) create.mutate({ link: { fromKind: kind, fromId: id, toKind, toId, type } });
      }}
    >
      <Stack gap="xs">
        <Group gap="xs" align="flex-end">
          <NativeSelect size="xs" label={t('linkType')} value={type} data={linkTypes.map((value) => ({ value, label: linkWord(value, true) }))} onChange={(e) => setType(e.currentTarget.value)} />
          <Select size="xs" flex={1} miw={200} label={t('linkTo')} placeholder={t('searching')} searchable autoFocus data={data} value={other} onChange={setOther} searchValue={text} onSearchChange={setText} filter={({ options }) => options} nothingFoundMessage={q ? t('nothingFound') : undefined} />
        </Group>
        {create.error && <FaultNote error={create.error} />}
        <Group gap="xs">
          <Button size="xs" type="submit" disabled={!other} loading={create.isPending}>
            {t('addLink')}
          </Button>
          <Button size="xs" variant="default" onClick={onDone}>
            {t('cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
