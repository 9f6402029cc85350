import { Button } from '@mantine/core';
import { Trash2, UserPlus } from 'lucide-react';
import { useMemo } from 'react';
import { AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import { GroupService } from '../../gen/holdfast/groups/v1/groups_pb';
import { IncidentService, type Incident } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { SiteService } from '../../gen/holdfast/sites/v1/sites_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { oneOf } from '../../lib/address';
import { useMe } from '../../lib/me';
import { RecordList, type Column } from '../../ui/list';
import { useAddress } from '../../ui/liststate';
import { Person } from '../../ui/person';
import { Ago } from '../../ui/time';
import { IncidentDetail } from './detail';
import { IncidentForm } from './form';
import { DueClock, IncidentStatus, Priority, Severity } from './looks';
import { categories, severities, statuses } from './vocabulary';
import { useWords } from './words';

/** IncidentList is the list of incidents, with the queues that a desk works through. */
export function IncidentList() {
  const t = useWords();
  const me = useMe()?.user?.id;
  const update = useAct(IncidentService.method.updateIncident);
  const remove = useAct(IncidentService.method.deleteIncident);
  const columns = useMemo<Column<Incident>[]>(
    () => [
      { key: 'number', label: '#', sort: true, width: 96, cell: (i) => <span className="hf-num">{i.number}</span> },
      { key: 'title', label: t('title'), main: true, sort: true, cell: (i) => i.title },
      { key: 'priority', label: t('priority'), sort: true, width: 90, cell: (i) => <Priority priority={i.priority} /> },
      { key: 'status', label: t('status'), sort: true, width: 140, cell: (i) => <IncidentStatus status={i.status} /> },
      { key: 'resolve_due_at', label: t('due'), sort: true, width: 170, cell: (i) => <DueClock incident={i} /> },
      { key: 'assignee', label: t('assignee_id'), width: 160, cell: (i) => <Person person={i.assignee} /> },
      { key: 'team', label: t('team_id'), width: 130, hidden: true, cell: (i) => i.team?.label },
      { key: 'site', label: t('site_id'), width: 140, cell: (i) => i.site?.label },
      { key: 'severity', label: t('severity'), sort: true, width: 110, hidden: true, cell: (i) => <Severity severity={i.severity} /> },
      { key: 'category', label: t('category'), width: 110, hidden: true, cell: (i) => useWords.word(`category.${i.category}`) },
      { key: 'created_at', label: t('created'), sort: true, width: 120, cell: (i) => <Ago at={i.createdAt} /> },
      { key: 'updated_at', label: t('updated'), sort: true, width: 120, hidden: true, cell: (i) => <Ago at={i.updatedAt} /> },
    ],
    [t],
  );
  return (
    <RecordList
      word="incidents"
      title={t('heading')}
      empty={t('empty')}
      method={IncidentService.method.listIncidents}
      order="-created_at"
      name={(i) => `${i.number} ${i.title}`}
      columns={columns}
      actions={<Queues me={me} />}
      filters={[
        { key: 'status', label: t('status'), options: useWords.choices('status', statuses) },
        { key: 'priority', label: t('priority'), options: [1, 2, 3, 4, 5].map((p) => ({ value: String(p), label: `P${p}` })) },
        { key: 'open', label: t('open'), kind: 'flag' },
        { key: 'breached', label: t('breached'), kind: 'flag' },
        { key: 'assigned', label: t('assigned'), kind: 'flag' },
        { key: 'is_major', label: t('is_major'), kind: 'flag' },
        { key: 'severity', label: t('severity'), options: useWords.choices('severity', severities) },
        { key: 'category', label: t('category'), options: useWords.choices('category', categories) },
        { key: 'assignee_id', label: t('assignee_id'), kind: 'record', records: UserService.method.listColleagues },
        { key: 'team_id', label: t('team_id'), kind: 'record', records: GroupService.method.listTeams },
        { key: 'site_id', label: t('site_id'), kind: 'record', records: SiteService.method.listSites },
        { key: 'asset_id', label: t('asset_ids'), kind: 'record', records: AssetService.method.listAssets },
        { key: 'created_from', label: t('created'), kind: 'day' },
      ]}
      bulk={[
        {
          label: t('assignMe'), icon: UserPlus, needs: IncidentService.method.updateIncident,
          run: (i) => update.mutateAsync({ incident: { id: i.id, version: i.version, assigneeId: me }, updateMask: { paths: ['assignee_id'] } }),
        },
        { label: t('delete'), icon: Trash2, danger: true, confirm: t('deleteMany'), needs: IncidentService.method.deleteIncident, run: (i) => remove.mutateAsync({ id: i.id, version: i.version }) },
      ]}
      create={{ label: t('new'), needs: IncidentService.method.createIncident, form: (close) => <IncidentForm onClose={close} /> }}
      detail={(id, close) => <IncidentDetail id={id} onGone={close} />}
    />
  );
}

/** Queues are the lists that a desk looks at all day, one click each. */
function Queues({ me }: { me: string | undefined }) {
  const t = useWords();
  const [search, change] = useAddress();
  const none = { status: undefined, open: undefined, breached: undefined, assigned: undefined, assignee_id: undefined, page: undefined };
  const queues = [
    { label: t('mine'), set: { open: 'true', assignee_id: me }, on: !!me && oneOf(search.assignee_id) === me },
    { label: t('unassigned'), set: { open: 'true', assigned: 'false' }, on: oneOf(search.assigned) === 'false' },
    { label: t('breaching'), set: { open: 'true', breached: 'true', order_by: 'resolve_due_at' }, on: oneOf(search.breached) === 'true' },
    { label: t('allOpen'), set: { open: 'true' }, on: oneOf(search.open) === 'true' && !search.assignee_id && !search.assigned && !search.breached },
  ];
  return (
    <Button.Group className="hf-queues">
      {queues.map((q) => (
        <Button key={q.label} size="xs" variant={q.on ? 'light' : 'default'} aria-pressed={q.on} onClick={() => change(q.on ? none : { ...none, ...q.set }, true)}>
          {q.label}
        </Button>
      ))}
    </Button.Group>
  );
}
