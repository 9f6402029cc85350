import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { toJson } from '@bufbuild/protobuf';
import { ValueSchema, type Value } from '@bufbuild/protobuf/wkt';
import { Cog, Link2, Lock, Timer } from 'lucide-react';
import { useState } from 'react';
import { IncidentService, type Incident, type TimelineEntry } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { Write } from '../../ui/comments';
import { linkWord } from '../../ui/linkwords';
import { Loaded } from '../../ui/loaded';
import { Markdown } from '../../ui/markdown';
import { Avatar } from '../../ui/person';
import { Ago } from '../../ui/time';
import { useWords as useShared } from '../../ui/words';
import { useWords } from './words';

/** Timeline is all that happened to an incident: what was said, changed, linked, and what its clocks told; newest first. */
export function Timeline({ incident, may }: { incident: Incident; may: boolean }) {
  const t = useWords();
  const ui = useShared();
  const [size, setSize] = useState(25);
  const query = useQuery(IncidentService.method.listIncidentTimeline, { id: incident.id, perPage: size, cursor: '', full: true }, { placeholderData: (before) => before });
  return (
    <Stack gap="md">
      {may && <Write kind="incident" id={incident.id} forClients also={[IncidentService]} />}
      <Loaded query={query} height={140}>
        {({ items, nextCursor }) => (
          <div>
            {items.map((e) => (
              <Entry key={e.id} entry={e} />
            ))}
            {!items.length && <Text className="hf-quiet">{t('timelineEmpty')}</Text>}
            {nextCursor && size < 100 && (
              <Button size="xs" variant="default" mt="sm" onClick={() => setSize((s) => Math.min(100, s + 25))}>
                {ui('loadMore')}
              </Button>
            )}
          </div>
        )}
      </Loaded>
    </Stack>
  );
}

function Entry({ entry: e }: { entry: TimelineEntry }) {
  const t = useWords();
  const ui = useShared();
  return (
    <div className="hf-entry">
      {e.by ? <Avatar name={e.by.label} id={e.by.id} size={22} /> : e.action.startsWith('incident.sla_') ? <Timer size={18} aria-hidden /> : e.linkType ? <Link2 size={18} aria-hidden className="hf-quiet" /> : <Cog size={18} aria-hidden className="hf-quiet" />}
      <div>
        <Group gap={6} mb={2}>
          <span>
            <strong>{e.by?.label ?? (e.actor ? ui('system', { actor: e.actor }) : ui('somebody'))}</strong> <Did entry={e} />
          </span>
          <span className="hf-quiet">
            <Ago at={e.at} />
          </span>
          {e.comment?.internal && (
            <span className="hf-badge">
              <Lock size={12} aria-hidden />
              {ui('internalMark')}
            </span>
          )}
        </Group>
        {e.comment && <Markdown text={e.comment.body} />}
        {e.field && !e.action.endsWith('.created') && <Diff entry={e} />}
        {e.reason && <div className="hf-quiet">{t('reason')}: {e.reason}</div>}
      </div>
    </div>
  );
}

/** Did says in words what an entry is about. */
function Did({ entry: e }: { entry: TimelineEntry }) {
  const t = useWords();
  if (e.comment) return null;
  const clock = useWords.known(`sla.${String(e.detail?.target ?? '')}.${e.action.replace('incident.sla_', '')}`);
  if (clock) return <>{clock}</>;
  if (e.action === 'incident.merged') return <>{t('merged')}</>;
  if (e.action === 'incident.unmerged') return <>{t('unmerged')}</>;
  const part = e.record?.number ?? '';
  if (e.action === 'incident.part_added') return <>{t('partAdded', { part })}</>;
  if (e.action === 'incident.part_removed') return <>{t('partRemoved', { part })}</>;
  if (e.action === 'incident.part_moved') return <>{t('partMoved', { part })}</>;
  if (e.linkType) return <>{t(e.action.endsWith('deleted') ? 'unlinked' : 'linked', { type: `${linkWord(e.linkType, !e.linkIncoming)} ${e.record?.label ?? ''}` })}</>;
  if (e.action === 'incident.created') return <>{t('reported')}</>;
  const field = useWords.word(e.field);
  return <>{e.field ? t('changed', { field }) : e.action}</>;
}

function Diff({ entry: e }: { entry: TimelineEntry }) {
  const text = (v: Value | undefined): string => {
    const raw = v ? toJson(ValueSchema, v) : null;
    if (raw === null || raw === '') return '–';
    const plain = typeof raw === 'string' ? raw : JSON.stringify(raw);
    return useWords.known(`${e.field}.${plain}`) ?? plain;
  };
  return (
    <div className="hf-diff">
      <del className="hf-old">{text(e.old)}</del>
      <ins className="hf-new" style={{ textDecoration: 'none' }}>
        {e.record && e.field.endsWith('_id') ? e.record.label : text(e.new)}
      </ins>
    </div>
  );
}
