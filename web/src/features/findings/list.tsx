import { CircleDot, UserPlus } from 'lucide-react';
import { useMemo } from 'react';
import { AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import { ClientService } from '../../gen/holdfast/clients/v1/clients_pb';
import { FindingService, type Finding } from '../../gen/holdfast/findings/v1/findings_pb';
import { SessionService } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { oneOf } from '../../lib/address';
import { useMe } from '../../lib/me';
import { choicesOf, useVocabulary } from '../../lib/taxonomy';
import { RecordList, type Column } from '../../ui/list';
import { useAddress } from '../../ui/liststate';
import { Person } from '../../ui/person';
import { Ago } from '../../ui/time';
import { WordBadge } from '../../ui/word';
import { FindingDetail } from './detail';
import { FindingForm } from './form';
import { useWords } from './words';

/** FindingList is the list of findings. */
export function FindingList() {
  const t = useWords();
  const [search] = useAddress();
  const me = useMe()?.user?.id;
  const risks = useVocabulary('riskLevel');
  const states = useVocabulary('remediationStatus');
  const update = useAct(FindingService.method.updateFinding);
  const columns = useMemo<Column<Finding>[]>(
    () => [
      { key: 'number', label: '#', sort: true, width: 96, cell: (f) => <span className="hf-num">{f.number}</span> },
      { key: 'title', label: t('title'), main: true, sort: true, cell: (f) => f.title },
      { key: 'risk_level', label: t('risk_level'), sort: true, width: 130, cell: (f) => <WordBadge word={f.riskLevelWord} /> },
      { key: 'cvss_score', label: t('cvss_score'), sort: true, width: 80, align: 'right', cell: (f) => <span className="hf-tab">{f.cvssScore?.toFixed(1)}</span> },
      { key: 'remediation_status', label: t('remediation_status'), width: 160, cell: (f) => <WordBadge word={f.remediationStatusWord} /> },
      { key: 'session', label: t('session_id'), width: 180, hidden: true, cell: (f) => f.session?.label },
      { key: 'client', label: t('client_id'), width: 150, cell: (f) => f.client?.label },
      { key: 'asset', label: t('asset_id'), width: 150, hidden: true, cell: (f) => f.asset?.label },
      { key: 'assignee', label: t('assignee_id'), width: 150, hidden: true, cell: (f) => <Person person={f.assignee} /> },
      { key: 'due_at', label: t('due_at'), sort: true, width: 120, cell: (f) => <Ago ahead at={f.dueAt} /> },
      { key: 'accepted_until', label: t('accepted_until'), sort: true, width: 130, hidden: true, cell: (f) => <Ago ahead at={f.acceptedUntil} /> },
      { key: 'location', label: t('location'), hidden: true, cell: (f) => <span className="hf-num">{f.location}</span> },
      { key: 'source_tool', label: t('source_tool'), width: 120, hidden: true, cell: (f) => f.sourceTool },
      { key: 'created_at', label: t('created'), sort: true, width: 120, cell: (f) => <Ago at={f.createdAt} /> },
      { key: 'updated_at', label: t('updated'), sort: true, width: 120, hidden: true, cell: (f) => <Ago at={f.updatedAt} /> },
    ],
    [t],
  );
  return (
    <RecordList
      word="findings"
      title={t('heading')}
      empty={t('empty')}
      method={FindingService.method.listFindings}
      order="-created_at"
      name={(f) => `${f.number} ${f.title}`}
      columns={columns}
      filters={[
        { key: 'risk_level', label: t('risk_level'), options: choicesOf(risks) },
        { key: 'remediation_status', label: t('remediation_status'), options: choicesOf(states) },
        { key: 'client_id', label: t('client_id'), kind: 'record', records: ClientService.method.listClients },
        { key: 'session_id', label: t('session_id'), kind: 'record', records: SessionService.method.listSessions },
        { key: 'asset_id', label: t('asset_id'), kind: 'record', records: AssetService.method.listAssets },
        { key: 'assignee_id', label: t('assignee_id'), kind: 'record', records: UserService.method.listColleagues },
        { key: 'cwe', label: t('cwe'), kind: 'text' },
      ]}
      bulk={[
        {
          label: t('assignMe'), icon: UserPlus, needs: FindingService.method.updateFinding,
          run: (f) => update.mutateAsync({ finding: { id: f.id, version: f.version, assigneeId: me }, updateMask: { paths: ['assignee_id'] } }),
        },
        ...states
          .slice(0, 4)
          .map((w) => ({
            label: w.label, icon: CircleDot, needs: FindingService.method.updateFinding,
            run: (f: Finding) => update.mutateAsync({ finding: { id: f.id, version: f.version, remediationStatus: w.value }, updateMask: { paths: ['remediation_status'] } }),
          })),
      ]}
      create={{ label: t('new'), needs: FindingService.method.createFinding, form: (close) => <FindingForm sessionId={oneOf(search.session_id) || undefined} onClose={close} /> }}
      detail={(id) => <FindingDetail id={id} />}
    />
  );
}
