import { CircleDot } from 'lucide-react';
import { useMemo } from 'react';
import { AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import { ClientService } from '../../gen/holdfast/clients/v1/clients_pb';
import { SessionService, type Session } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { day } from '../../lib/format';
import { choicesOf, useVocabulary } from '../../lib/taxonomy';
import { RecordList, type Column } from '../../ui/list';
import { Person } from '../../ui/person';
import { Ago } from '../../ui/time';
import { WordBadge } from '../../ui/word';
import { SessionDetail } from './detail';
import { SessionForm } from './form';
import { useWords } from './words';

/** SessionList is the list of reviews. */
export function SessionList() {
  const t = useWords();
  const states = useVocabulary('sessionStatus');
  const update = useAct(SessionService.method.updateSession);
  const columns = useMemo<Column<Session>[]>(
    () => [
      { key: 'name', label: t('name'), main: true, sort: true, cell: (s) => s.name },
      { key: 'status', label: t('status'), width: 150, cell: (s) => <WordBadge word={s.statusWord} /> },
      { key: 'review_date', label: t('review_date'), sort: true, width: 130, cell: (s) => <span className="hf-tab">{day(s.reviewDate)}</span> },
      { key: 'client', label: t('client_id'), width: 180, cell: (s) => s.client?.label },
      { key: 'asset', label: t('asset_id'), width: 180, cell: (s) => s.asset?.label },
      { key: 'reviewer', label: t('reviewer_id'), width: 170, cell: (s) => <Person person={s.reviewer} /> },
      { key: 'updated_at', label: t('updated'), sort: true, width: 120, cell: (s) => <Ago at={s.updatedAt} /> },
      { key: 'created_at', label: t('created'), sort: true, width: 120, hidden: true, cell: (s) => <Ago at={s.createdAt} /> },
    ],
    [t],
  );
  return (
    <RecordList
      word="sessions"
      title={t('heading')}
      empty={t('empty')}
      method={SessionService.method.listSessions}
      order="-review_date"
      name={(s) => s.name}
      columns={columns}
      filters={[
        { key: 'status', label: t('status'), options: choicesOf(states) },
        { key: 'client_id', label: t('client_id'), kind: 'record', records: ClientService.method.listClients },
        { key: 'asset_id', label: t('asset_id'), kind: 'record', records: AssetService.method.listAssets },
        { key: 'reviewer_id', label: t('reviewer_id'), kind: 'record', records: UserService.method.listReviewers },
      ]}
      bulk={states.slice(0, 5).map((w) => ({
        label: w.label, icon: CircleDot, needs: SessionService.method.updateSession,
        run: (s: Session) => update.mutateAsync({ session: { id: s.id, version: s.version, status: w.value }, updateMask: { paths: ['status'] } }),
      }))}
      create={{ label: t('new'), needs: SessionService.method.createSession, form: (close) => <SessionForm onClose={close} /> }}
      detail={(id) => <SessionDetail id={id} />}
    />
  );
}
