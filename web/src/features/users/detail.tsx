import { useQuery } from '@connectrpc/connect-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { CircleCheck, CircleSlash, History, KeyRound, LogOut, Pencil, UserX } from 'lucide-react';
import { AuditService } from '../../gen/holdfast/audit/v1/audit_pb';
import { UserService, type User } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { useMay, useMe } from '../../lib/me';
import { confirm } from '../../ui/confirm';
import { failed, told } from '../../ui/fault';
import { useAddress } from '../../ui/liststate';
import { Loaded } from '../../ui/loaded';
import { RailRow } from '../../ui/rail';
import { RecordView, type Act } from '../../ui/record';
import { Ago } from '../../ui/time';
import { useWords as useShared } from '../../ui/words';
import '../../ui/page.css';
import { UserForm } from './form';
import { UserStatus } from './status';
import { useWords } from './words';

/** UserPage is a member on a page of its own. */
export function UserPage() {
  const { id = '' } = useParams({ strict: false });
  const navigate = useNavigate();
  return <UserDetail id={id} onGone={() => void navigate({ to: '/users' })} />;
}

/** UserDetail is a member, on the page and in the panel over the list. */
export function UserDetail({ id, onGone }: { id: string; onGone: () => void }) {
  const t = useWords();
  const may = useMay();
  const [search, change] = useAddress();
  const query = useQuery(UserService.method.getUser, { id });
  const actions = useActs(() => change({ edit: ['1'] }), onGone);
  return (
    <Loaded query={query}>
      {(user) => (
        <>
          <RecordView
            title={user.fullName}
            badges={<UserStatus user={user} />}
            actions={actions(user)}
            tabs={[
              {
                key: 'groups', label: t('permissions'),
                content: (
                  <dl className="hf-facts">
                    <RailRow label={t('group_ids')}>{user.groups.map((g) => g.label).join(', ')}</RailRow>
                    <RailRow label={t('client_id')}>{user.client?.label}</RailRow>
                  </dl>
                ),
              },
            ]}
            rail={
              <>
                <RailRow label={t('email')}>{user.email}</RailRow>
                <RailRow label={t('username')}>{user.username}</RailRow>
                <RailRow label={t('mfa')}>{t(user.mfaEnabled ? 'mfaOn' : 'mfaOff')}</RailRow>
                <RailRow label={t('home')}>{t(user.isHome ? 'homeYes' : 'homeNo')}</RailRow>
                <RailRow label={t('last_login_at')}>{user.lastLoginAt && <Ago at={user.lastLoginAt} />}</RailRow>
                <RailRow label={t('created')}>
                  <Ago at={user.createdAt} />
                </RailRow>
                <RailRow label={t('updated')}>
                  <Ago at={user.updatedAt} />
                </RailRow>
              </>
            }
          />
          {may(UserService.method.updateUser) && 'edit' in search && <UserForm user={user} onClose={() => change({ edit: undefined })} />}
        </>
      )}
    </Loaded>
  );
}

/** useActs answers what may be done to a member. */
function useActs(edit: () => void, onGone: () => void) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const me = useMe();
  const navigate = useNavigate();
  const update = useAct(UserService.method.updateUser, { onError: failed });
  const reset = useAct(UserService.method.resetMfa, { onError: failed, onSuccess: () => told(t('resetDone')) });
  const revoke = useAct(UserService.method.revokeSessions, { onError: failed, onSuccess: (done) => told(t('revoked', { n: done.revoked })) });
  const remove = useAct(UserService.method.deactivateUser, { onError: failed, onSuccess: onGone });
  const ask = (title: string, text: string, act: () => void) => void confirm({ title, text, action: title, danger: true }).then((yes) => yes && act());

  return (user: User): Act[] => {
    const acts: Act[] = [];
    const self = me?.user?.id === user.id;
    if (may(UserService.method.updateUser)) {
      acts.push({ label: ui('edit'), icon: Pencil, onClick: edit });
      const to = user.status === 'active' ? 'suspended' : 'active';
      if (!self) {
        acts.push({
          label: t(to === 'active' ? 'activate' : 'suspend'), icon: to === 'active' ? CircleCheck : CircleSlash, busy: update.isPending,
          onClick: () => update.mutate({ user: { id: user.id, version: user.version, status: to }, updateMask: { paths: ['status'] } }),
        });
        if (user.isHome && user.isActive === false) {
          acts.push({
            label: t('reactivate'), icon: CircleCheck, menu: true,
            onClick: () => update.mutate({ user: { id: user.id, version: user.version, isActive: true }, updateMask: { paths: ['is_active'] } }),
          });
        }
      }
    }
    if (may(AuditService.method.listAuditEvents)) {
      acts.push({ label: ui('history'), icon: History, menu: true, onClick: () => void navigate({ href: `/audit?record_id=${user.id}` }) });
    }
    if (may(UserService.method.resetMfa) && user.mfaEnabled && user.isHome) {
      acts.push({ label: t('resetMfa'), icon: KeyRound, menu: true, onClick: () => ask(t('resetMfa'), t('resetMfaText'), () => reset.mutate({ id: user.id })) });
    }
    if (may(UserService.method.revokeSessions)) {
      acts.push({ label: t('revoke'), icon: LogOut, menu: true, onClick: () => ask(t('revoke'), t('revokeText'), () => revoke.mutate({ id: user.id })) });
    }
    if (may(UserService.method.deactivateUser) && !self) {
      acts.push({
        label: t('deactivate'), icon: UserX, danger: true, menu: true,
        onClick: () => ask(t('deactivate'), t('deactivateText'), () => remove.mutate({ id: user.id, version: user.version })),
      });
    }
    return acts;
  };
}
