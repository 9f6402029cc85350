import { useQuery, callUnaryMethod } from '@connectrpc/connect-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { GroupService } from '../../gen/holdfast/groups/v1/groups_pb';
import { IncidentSchema, IncidentService } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { SiteService } from '../../gen/holdfast/sites/v1/sites_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { useMay } from '../../lib/me';
import { transport } from '../../lib/transport';
import { Attachments } from '../../ui/attachments';
import { Badge } from '../../ui/badge';
import { History } from '../../ui/history';
import { ImpactTab } from '../../ui/impact/tab';
import { Links } from '../../ui/links';
import { useAddress } from '../../ui/liststate';
import { Loaded } from '../../ui/loaded';
import { Markdown } from '../../ui/markdown';
import { Person } from '../../ui/person';
import { Prose } from '../../ui/prose';
import { RailField, RailRow, type Editor } from '../../ui/rail';
import { RecordView } from '../../ui/record';
import { RecordLink } from '../../ui/recordlink';
import { Ago } from '../../ui/time';
import { useWords as useShared } from '../../ui/words';
import { useActs, type Asked } from './acts';
import { IncidentForm } from './form';
import { DueClock, IncidentStatus, Priority, Severity } from './looks';
import { MergeDialog, MoveDialog, PromoteDialog } from './moves';
import { Levels } from './sla';
import { Timeline } from './timeline';
import { categories, severities } from './vocabulary';
import { useWords } from './words';

/** IncidentPage is an incident on a page of its own. */
export function IncidentPage() {
  const { id = '' } = useParams({ strict: false });
  const navigate = useNavigate();
  return <IncidentDetail id={id} onGone={() => void navigate({ to: '/incidents' })} />;
}

/** IncidentDetail is an incident, on its page and in the panel over the list. */
export function IncidentDetail({ id, onGone }: { id: string; onGone: () => void }) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const [search, change] = useAddress();
  const [asked, ask] = useState<Asked>();
  const query = useQuery(IncidentService.method.getIncident, { id });
  const update = useAct(IncidentService.method.updateIncident);
  const acts = useActs({ ask, edit: () => change({ edit: ['1'] }), onGone });
  const mayUpdate = may(IncidentService.method.updateIncident);
  const done = () => ask(undefined);
  return (
    <Loaded query={query}>
      {(i) => {
        const editor: Editor<typeof IncidentSchema> = {
          schema: IncidentSchema,
          record: i,
          may: mayUpdate,
          update: (values, mask) => update.mutateAsync({ incident: values, updateMask: { paths: mask } }),
          reload: () => callUnaryMethod(transport, IncidentService.method.getIncident, { id: i.id }),
        };
        return (
          <>
            <RecordView
              number={i.number}
              title={i.title}
              badges={
                <>
                  <Priority priority={i.priority} />
                  <IncidentStatus status={i.status} />
                  {i.isMajor && <Badge tone="critical">{t('major')}</Badge>}
                  <DueClock incident={i} />
                </>
              }
              actions={acts(i)}
              tabs={[
                { key: 'timeline', label: t('timeline'), content: <Timeline incident={i} may={may(IncidentService.method.addIncidentComment)} /> },
                { key: 'levels', label: t('clocks'), content: <Levels id={i.id} /> },
                ...(may(IncidentService.method.getIncidentImpact) ? [{ key: 'reach', label: t('reach'), content: <ImpactTab method={IncidentService.method.getIncidentImpact} id={i.id} root={`${i.number} ${i.title}`} /> }] : []),
                { key: 'links', label: ui('links'), content: <Links kind="incident" id={i.id} may={mayUpdate} /> },
                { key: 'files', label: ui('attachments'), content: <Attachments kind="incident" id={i.id} may={mayUpdate} /> },
                {
                  key: 'history', label: ui('history'),
                  content: <History method={IncidentService.method.listIncidentHistory} id={i.id} label={(f) => useWords.known(`field.${f}`) ?? useWords.word(f)} value={(f, v) => useWords.known(`${f}.${v}`)} />,
                },
              ]}
              rail={
                <>
                  <RailField editor={editor} field="assigneeId" label={t('assignee_id')} as={{ is: 'record', records: UserService.method.listColleagues, label: i.assignee?.label }}>
                    {i.assignee && <Person person={i.assignee} />}
                  </RailField>
                  <RailField editor={editor} field="teamId" label={t('team_id')} as={{ is: 'record', records: GroupService.method.listTeams, label: i.team?.label }}>
                    {i.team?.label}
                  </RailField>
                  <RailField editor={editor} field="impact" label={t('impact')} as={{ is: 'number', min: 1, max: 3 }}>
                    {useWords.word(`impact.${i.impact ?? 2}`)}
                    {i.impactRaisedBy && <span className="hf-quiet"> {t('raised', { impact: useWords.word(`impact.${i.effectiveImpact}`) })}</span>}
                  </RailField>
                  <RailField editor={editor} field="urgency" label={t('urgency')} as={{ is: 'number', min: 1, max: 3 }}>
                    {useWords.word(`urgency.${i.urgency ?? 2}`)}
                  </RailField>
                  <RailRow label={t('priority')}>
                    <Priority priority={i.priority} /> {i.priorityOverridden && <span className="hf-quiet">{t('overridden')}</span>}
                  </RailRow>
                  <RailField editor={editor} field="severity" label={t('severity')} as={{ is: 'choice', options: useWords.choices('severity', severities) }}>
                    <Severity severity={i.severity} />
                  </RailField>
                  <RailField editor={editor} field="category" label={t('category')} as={{ is: 'choice', options: useWords.choices('category', categories) }}>
                    {useWords.word(`category.${i.category}`)}
                  </RailField>
                  <RailField editor={editor} field="siteId" label={t('site_id')} as={{ is: 'record', records: SiteService.method.listSites, label: i.site?.label }}>
                    {i.site?.label}
                  </RailField>
                  <RailRow label={t('asset_ids')}>
                    {i.assets.map((a) => (
                      <div key={a.id}>
                        <RecordLink kind="asset" to={a} />
                      </div>
                    ))}
                  </RailRow>
                  <RailRow label={t('reporter_id')}>{i.reporter && <Person person={i.reporter} />}</RailRow>
                  {i.parent && (
                    <RailRow label={t('parent_id')}>
                      <RecordLink kind="incident" to={i.parent} />
                    </RailRow>
                  )}
                  {i.duplicateOf && (
                    <RailRow label={t('duplicate')}>
                      <RecordLink kind="incident" to={i.duplicateOf} />
                    </RailRow>
                  )}
                  {i.onHoldReason && <RailRow label={t('on_hold_reason')}>{i.onHoldReason}</RailRow>}
                  {i.resolutionCode && <RailRow label={t('resolution_code')}>{useWords.known(`code.${i.resolutionCode}`) ?? i.resolutionCode}</RailRow>}
                  <RailRow label={t('created')}>
                    <Ago at={i.createdAt} />
                  </RailRow>
                  <RailRow label={t('updated')}>
                    <Ago at={i.updatedAt} />
                  </RailRow>
                  {i.closedAt && (
                    <RailRow label={t('closed_at')}>
                      <Ago at={i.closedAt} />
                    </RailRow>
                  )}
                </>
              }
            >
              {i.description ? <Markdown text={i.description} /> : <span className="hf-quiet">{t('noDescription')}</span>}
              <Prose
                parts={[
                  { label: t('production_impact'), text: i.productionImpact },
                  { label: t('safety_impact'), text: i.safetyImpact },
                  { label: t('resolution_note'), text: i.resolutionNote },
                ]}
              />
            </RecordView>
            {mayUpdate && 'edit' in search && <IncidentForm incident={i} onClose={() => change({ edit: undefined })} />}
            {asked?.is === 'move' && <MoveDialog incident={i} to={asked.to} label={asked.label} onClose={done} />}
            {asked?.is === 'merge' && <MergeDialog incident={i} onClose={done} />}
            {asked?.is === 'promote' && <PromoteDialog incident={i} onClose={done} />}
          </>
        );
      }}
    </Loaded>
  );
}
