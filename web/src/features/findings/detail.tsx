import { Anchor, Text } from '@mantine/core';
import { callUnaryMethod, useQuery } from '@connectrpc/connect-query';
import { useParams } from '@tanstack/react-router';
import { FlaskConical, Handshake, Pencil } from 'lucide-react';
import { useState } from 'react';
import { FindingSchema, FindingService, type Finding } from '../../gen/holdfast/findings/v1/findings_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { useMay } from '../../lib/me';
import { choicesOf, useVocabulary } from '../../lib/taxonomy';
import { transport } from '../../lib/transport';
import { Attachments } from '../../ui/attachments';
import { Badge } from '../../ui/badge';
import { Comments } from '../../ui/comments';
import { History } from '../../ui/history';
import { Links } from '../../ui/links';
import { useAddress } from '../../ui/liststate';
import { Loaded } from '../../ui/loaded';
import { Person } from '../../ui/person';
import { Prose } from '../../ui/prose';
import { RailField, RailRow, type Editor } from '../../ui/rail';
import { RecordView, type Act } from '../../ui/record';
import { RecordLink } from '../../ui/recordlink';
import { Ago } from '../../ui/time';
import { WordBadge } from '../../ui/word';
import { useWords as useShared } from '../../ui/words';
import { AcceptDialog, RetestDialog } from './dialogs';
import { FindingForm } from './form';
import { Retests } from './retests';
import { useWords } from './words';

/** FindingPage is a finding on a page of its own. */
export function FindingPage() {
  const { id = '' } = useParams({ strict: false });
  return <FindingDetail id={id} />;
}

/** FindingDetail is a finding, on its page and in the panel over a list. */
export function FindingDetail({ id }: { id: string }) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const [search, change] = useAddress();
  const [asked, ask] = useState<'retest' | 'accept'>();
  const risks = useVocabulary('riskLevel');
  const states = useVocabulary('remediationStatus');
  const query = useQuery(FindingService.method.getFinding, { id });
  const update = useAct(FindingService.method.updateFinding);
  const mayUpdate = may(FindingService.method.updateFinding);
  return (
    <Loaded query={query}>
      {(f) => {
        const editor: Editor<typeof FindingSchema> = {
          schema: FindingSchema,
          record: f,
          may: mayUpdate,
          update: (values, mask) => update.mutateAsync({ finding: values, updateMask: { paths: mask } }),
          reload: () => callUnaryMethod(transport, FindingService.method.getFinding, { id: f.id }),
        };
        const actions: Act[] = [];
        if (mayUpdate) actions.push({ label: ui('edit'), icon: Pencil, onClick: () => change({ edit: ['1'] }) });
        if (may(FindingService.method.addRetest)) actions.push({ label: t('retest'), icon: FlaskConical, onClick: () => ask('retest') });
        if (mayUpdate) actions.push({ label: t('accept'), icon: Handshake, menu: true, onClick: () => ask('accept') });
        return (
          <>
            <RecordView
              number={f.number}
              title={f.title}
              badges={
                <>
                  <WordBadge word={f.riskLevelWord} />
                  <WordBadge word={f.remediationStatusWord} />
                  {f.cvssScore !== undefined && <Badge>{`CVSS ${f.cvssScore.toFixed(1)}`}</Badge>}
                </>
              }
              actions={actions}
              tabs={[
                { key: 'texts', label: t('texts'), content: <Texts finding={f} /> },
                { key: 'files', label: ui('attachments'), content: <Attachments kind="finding" id={f.id} may={mayUpdate} /> },
                { key: 'retests', label: t('retests'), content: <Retests id={f.id} /> },
                { key: 'comments', label: ui('comments'), content: <Comments kind="finding" id={f.id} may={mayUpdate} forClients={!!f.clientId} /> },
                { key: 'links', label: ui('links'), content: <Links kind="finding" id={f.id} may={mayUpdate} /> },
                {
                  key: 'history', label: ui('history'),
                  content: (
                    <History
                      method={FindingService.method.listFindingHistory} id={f.id} label={(field) => useWords.word(field)}
                      value={(field, v) => (field === 'risk_level' ? risks : field === 'remediation_status' ? states : []).find((w) => w.value === v)?.label}
                    />
                  ),
                },
              ]}
              rail={
                <>
                  <RailField editor={editor} field="riskLevel" label={t('risk_level')} as={{ is: 'choice', options: choicesOf(risks, f.riskLevelWord) }}>
                    <WordBadge word={f.riskLevelWord} />
                  </RailField>
                  <RailField editor={editor} field="remediationStatus" label={t('remediation_status')} as={{ is: 'choice', options: choicesOf(states, f.remediationStatusWord) }}>
                    <WordBadge word={f.remediationStatusWord} />
                  </RailField>
                  <RailField editor={editor} field="assigneeId" label={t('assignee_id')} as={{ is: 'record', records: UserService.method.listColleagues, label: f.assignee?.label }}>
                    {f.assignee && <Person person={f.assignee} />}
                  </RailField>
                  <RailField editor={editor} field="dueAt" label={t('due_at')} as={{ is: 'time' }}>
                    {f.dueAt && <Ago ahead at={f.dueAt} />}
                  </RailField>
                  {f.acceptedUntil && (
                    <RailRow label={t('accepted_until')}>
                      <Ago ahead at={f.acceptedUntil} />
                    </RailRow>
                  )}
                  <RailRow label={t('session_id')}>
                    <RecordLink kind="session" to={f.session} />
                  </RailRow>
                  <RailRow label={t('asset_id')}>
                    <RecordLink kind="asset" to={f.asset} />
                  </RailRow>
                  <RailRow label={t('client_id')}>{f.client && <RecordLink kind="client" to={f.client} />}</RailRow>
                  <RailRow label={t('cvss_vector')}>{f.cvssVector && <span className="hf-num" style={{ whiteSpace: 'normal' }}>{f.cvssVector}</span>}</RailRow>
                  <RailField editor={editor} field="cwe" label={t('cwe')} as={{ is: 'number', min: 1, max: 99999 }}>
                    {f.cwe && `CWE-${f.cwe}`}
                  </RailField>
                  <RailField editor={editor} field="location" label={t('location')} as={{ is: 'long' }} />
                  {f.sourceTool && <RailRow label={t('source_tool')}>{[f.sourceTool, f.sourceRule].filter(Boolean).join(' · ')}</RailRow>}
                  {f.template && (
                    <RailRow label={t('template_id')}>
                      <RecordLink kind="template" to={f.template} />
                    </RailRow>
                  )}
                  <RailRow label={t('created')}>
                    <Ago at={f.createdAt} />
                  </RailRow>
                  <RailRow label={t('updated')}>
                    <Ago at={f.updatedAt} />
                  </RailRow>
                </>
              }
            />
            {mayUpdate && 'edit' in search && <FindingForm finding={f} onClose={() => change({ edit: undefined })} />}
            {asked === 'retest' && <RetestDialog finding={f} onClose={() => ask(undefined)} />}
            {asked === 'accept' && <AcceptDialog finding={f} onClose={() => ask(undefined)} />}
          </>
        );
      }}
    </Loaded>
  );
}

function Texts({ finding: f }: { finding: Finding }) {
  const t = useWords();
  return (
    <>
      <Prose
        parts={[
          { label: t('description'), text: f.description },
          { label: t('impact'), text: f.impact },
          { label: t('recommendation'), text: f.recommendation },
        ]}
      />
      {f.references.length > 0 && (
        <section>
          <h3 className="hf-subhead">{t('references')}</h3>
          <ul style={{ margin: 0, paddingInlineStart: 20, overflowWrap: 'anywhere' }}>
            {f.references.map((r) => (
              <li key={r}>
                {/^https?:\/\//.test(r) ? (
                  <Anchor href={r} target="_blank" rel="noreferrer noopener" style={{ display: 'inline-block', minHeight: 24 }}>
                    {r}
                  </Anchor>
                ) : (
                  <Text span>{r}</Text>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
