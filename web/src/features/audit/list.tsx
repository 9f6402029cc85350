import { Anchor, Drawer, Stack, Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Cog } from 'lucide-react';
import { useMemo, useState } from 'react';
import { AuditService, type AuditEvent } from '../../gen/holdfast/audit/v1/audit_pb';
import { absolute, dateTime } from '../../lib/format';
import { allKinds, kindOf, pathOf } from '../../lib/kinds';
import { useText } from '../../lib/i18n';
import { RecordList, type Column } from '../../ui/list';
import { Person } from '../../ui/person';
import { RailRow } from '../../ui/rail';
import { useWords as useShared } from '../../ui/words';
import '../../ui/page.css';
import { valueText } from './value';
import { useWords } from './words';

/** AuditList is the tenant's journal. */
export function AuditList() {
  const t = useWords();
  const text = useText();
  const [open, setOpen] = useState<AuditEvent>();
  const columns = useMemo<Column<AuditEvent>[]>(
    () => [
      { key: 'at', label: t('at'), sort: true, width: 170, cell: (e) => <span className="hf-num" title={absolute(e.at)}>{dateTime(e.at)}</span> },
      { key: 'action', label: t('action'), main: true, cell: (e) => e.action },
      { key: 'who', label: t('who'), width: 200, cell: (e) => <Who event={e} /> },
      { key: 'record', label: t('record'), cell: (e) => <RecordName event={e} /> },
      { key: 'changes', label: t('changes'), width: 120, cell: (e) => e.changes.length > 0 && t('count', { n: e.changes.length }) },
      { key: 'reason', label: t('reason'), cell: (e) => e.reason },
      { key: 'ip', label: t('ip'), width: 140, hidden: true, cell: (e) => <span className="hf-num">{e.ip}</span> },
    ],
    [t],
  );
  return (
    <>
      <RecordList
        word="audit"
        title={t('title')}
        empty={t('empty')}
        method={AuditService.method.listAuditEvents}
        order="-at"
        name={(e) => `${e.action} ${dateTime(e.at)}`}
        columns={columns}
        filters={[
          { key: 'kind', label: t('kind'), options: allKinds().map((k) => ({ value: k.kind, label: text(k.label) })) },
          { key: 'action', label: t('action'), kind: 'text' },
          { key: 'since', label: t('since'), kind: 'day' },
        ]}
        onOpen={setOpen}
      />
      {open && <Event event={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function Who({ event }: { event: AuditEvent }) {
  const t = useWords();
  if (event.by) return <Person person={event.by} />;
  return (
    <span className="hf-quiet" style={{ display: 'inline-flex', gap: 6, alignItems: 'center' }}>
      <Cog size={15} aria-hidden /> {event.actor || t('nobody')}
    </span>
  );
}

function RecordName({ event }: { event: AuditEvent }) {
  const text = useText();
  const kind = kindOf(event.kind);
  const name = [event.number, event.label].filter(Boolean).join(' ');
  return (
    <>
      <span className="hf-quiet">{kind ? text(kind.label) : event.kind}</span> {name}
    </>
  );
}

/** Event is one line with all that it says. */
function Event({ event, onClose }: { event: AuditEvent; onClose: () => void }) {
  const t = useWords();
  const ui = useShared();
  const path = event.recordId && !event.action.endsWith('.deleted') ? pathOf(event.kind, event.recordId) : undefined;
  return (
    <Drawer opened onClose={onClose} position="right" size={640} title={t('event')} transitionProps={{ duration: 120 }} closeButtonProps={{ 'aria-label': ui('close') }}>
      <Stack gap="md">
        <dl className="hf-facts">
          <RailRow label={t('action')}>{event.action}</RailRow>
          <RailRow label={t('at')}>{absolute(event.at)}</RailRow>
          <RailRow label={t('who')}>
            <Who event={event} />
          </RailRow>
          <RailRow label={t('record')}>
            <RecordName event={event} />
            {path && (
              <div>
                <Anchor component={Link} to={path} size="sm">
                  {t('open')}
                </Anchor>
              </div>
            )}
          </RailRow>
          <RailRow label={t('reason')}>{event.reason}</RailRow>
          <RailRow label={t('ip')}>{event.ip}</RailRow>
          <RailRow label={t('request')}>
            <span className="hf-num" style={{ whiteSpace: 'normal' }}>{event.requestId}</span>
          </RailRow>
          <RailRow label={t('hash')}>
            <span className="hf-num" style={{ whiteSpace: 'normal' }}>
              {event.hash}
            </span>
          </RailRow>
          {event.internal && <Text size="sm" className="hf-quiet">{t('internal')}</Text>}
        </dl>
        {event.changes.length ? (
          <Table aria-label={t('changes')} layout="fixed">
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={150}>{t('field')}</Table.Th>
                <Table.Th>{t('before')}</Table.Th>
                <Table.Th>{t('after')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody style={{ overflowWrap: 'anywhere', verticalAlign: 'top' }}>
              {event.changes.map((c) => (
                <Table.Tr key={c.field}>
                  <Table.Th scope="row" fw={500}>
                    {c.field}
                  </Table.Th>
                  <Table.Td>{valueText(c.old)}</Table.Td>
                  <Table.Td>{valueText(c.new)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        ) : (
          <Text size="sm" className="hf-quiet">
            {t('noChanges')}
          </Text>
        )}
      </Stack>
    </Drawer>
  );
}
