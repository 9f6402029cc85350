import { Text } from '@mantine/core';
import { callUnaryMethod, useQuery } from '@connectrpc/connect-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { FileUp, Pencil } from 'lucide-react';
import { FindingService } from '../../gen/holdfast/findings/v1/findings_pb';
import { ReportService } from '../../gen/holdfast/reports/v1/reports_pb';
import { SessionSchema, SessionService } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { day } from '../../lib/format';
import { useMay } from '../../lib/me';
import { choicesOf, useVocabulary } from '../../lib/taxonomy';
import { transport } from '../../lib/transport';
import { Attachments } from '../../ui/attachments';
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
import { Found } from './found';
import { SessionForm } from './form';
import { Reports } from './reports';
import { useWords } from './words';

/** SessionPage is a session on a page of its own. */
export function SessionPage() {
  const { id = '' } = useParams({ strict: false });
  return <SessionDetail id={id} />;
}

/** SessionDetail is a session, on its page and in the panel over the list. */
export function SessionDetail({ id }: { id: string }) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const navigate = useNavigate();
  const [search, change] = useAddress();
  const states = useVocabulary('sessionStatus');
  const query = useQuery(SessionService.method.getSession, { id });
  const update = useAct(SessionService.method.updateSession);
  const mayUpdate = may(SessionService.method.updateSession);
  return (
    <Loaded query={query}>
      {(s) => {
        const editor: Editor<typeof SessionSchema> = {
          schema: SessionSchema,
          record: s,
          may: mayUpdate,
          update: (values, mask) => update.mutateAsync({ session: values, updateMask: { paths: mask } }),
          reload: () => callUnaryMethod(transport, SessionService.method.getSession, { id: s.id }),
        };
        const actions: Act[] = [];
        if (may(FindingService.method.createFinding)) actions.push({ label: t('import'), icon: FileUp, onClick: () => void navigate({ to: `/sessions/${s.id}/import` }) });
        if (mayUpdate) actions.push({ label: ui('edit'), icon: Pencil, onClick: () => change({ edit: ['1'] }) });
        return (
          <>
            <RecordView
              title={s.name}
              badges={<WordBadge word={s.statusWord} />}
              actions={actions}
              tabs={[
                ...(may(FindingService.method.listFindings) ? [{ key: 'findings', label: t('findings'), content: <Found session={s} /> }] : []),
                {
                  key: 'overview', label: t('overview'),
                  content: (
                    s.scope || s.notes ? <Prose parts={[{ label: t('scope'), text: s.scope }, { label: t('notes'), text: s.notes }]} /> : <Text className="hf-quiet">{t('noScope')}</Text>
                  ),
                },
                ...(may(ReportService.method.listExports) ? [{ key: 'reports', label: t('reports'), content: <Reports session={s} /> }] : []),
                { key: 'files', label: ui('attachments'), content: <Attachments kind="session" id={s.id} may={mayUpdate} /> },
                { key: 'comments', label: ui('comments'), content: <Comments kind="session" id={s.id} may={mayUpdate} forClients={!!s.clientId} /> },
                { key: 'links', label: ui('links'), content: <Links kind="session" id={s.id} may={mayUpdate} /> },
                {
                  key: 'history', label: ui('history'),
                  content: <History method={SessionService.method.listSessionHistory} id={s.id} label={(f) => useWords.word(f)} value={(f, v) => (f === 'status' ? states.find((w) => w.value === v)?.label : undefined)} />,
                },
              ]}
              rail={
                <>
                  <RailField editor={editor} field="status" label={t('status')} as={{ is: 'choice', options: choicesOf(states, s.statusWord) }}>
                    <WordBadge word={s.statusWord} />
                  </RailField>
                  <RailField editor={editor} field="reviewDate" label={t('review_date')} as={{ is: 'day' }}>
                    {day(s.reviewDate)}
                  </RailField>
                  <RailField editor={editor} field="reviewerId" label={t('reviewer_id')} as={{ is: 'record', records: UserService.method.listReviewers, label: s.reviewer?.label }}>
                    {s.reviewer && <Person person={s.reviewer} />}
                  </RailField>
                  <RailRow label={t('client_id')}>{s.client && <RecordLink kind="client" to={s.client} />}</RailRow>
                  <RailRow label={t('asset_id')}>
                    <RecordLink kind="asset" to={s.asset} />
                  </RailRow>
                  <RailRow label={t('created')}>
                    <Ago at={s.createdAt} />
                  </RailRow>
                  <RailRow label={t('updated')}>
                    <Ago at={s.updatedAt} />
                  </RailRow>
                </>
              }
            />
            {mayUpdate && 'edit' in search && <SessionForm session={s} onClose={() => change({ edit: undefined })} />}
          </>
        );
      }}
    </Loaded>
  );
}
