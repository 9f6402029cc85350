import { useMemo } from 'react';
import { CircleCheck, CircleSlash } from 'lucide-react';
import { ClientService } from '../../gen/holdfast/clients/v1/clients_pb';
import { GroupService } from '../../gen/holdfast/groups/v1/groups_pb';
import { UserService, type User } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { RecordList, type Column } from '../../ui/list';
import { Person } from '../../ui/person';
import { Ago } from '../../ui/time';
import { UserDetail } from './detail';
import { UserForm } from './form';
import { UserStatus } from './status';
import { useWords } from './words';

/** UserList is the list of the tenant's members. */
export function UserList() {
  const t = useWords();
  const update = useAct(UserService.method.updateUser);
  const columns = useMemo<Column<User>[]>(
    () => [
      { key: 'full_name', label: t('full_name'), main: true, sort: true, cell: (u) => <Person person={{ id: u.id, label: u.fullName, number: '', $typeName: 'holdfast.type.v1.Ref' }} /> },
      { key: 'email', label: t('email'), cell: (u) => u.email },
      { key: 'groups', label: t('group_ids'), cell: (u) => u.groups.map((g) => g.label).join(', ') },
      { key: 'client', label: t('client_id'), width: 160, cell: (u) => u.client?.label },
      { key: 'status', label: t('status'), width: 130, cell: (u) => <UserStatus user={u} /> },
      { key: 'mfa_enabled', label: t('mfa'), width: 120, cell: (u) => t(u.mfaEnabled ? 'mfaOn' : 'mfaOff') },
      { key: 'last_login_at', label: t('last_login_at'), sort: true, width: 140, cell: (u) => <Ago at={u.lastLoginAt} /> },
      { key: 'created_at', label: t('created'), sort: true, hidden: true, width: 140, cell: (u) => <Ago at={u.createdAt} /> },
    ],
    [t],
  );
  const become = (status: string) => (u: User) => update.mutateAsync({ user: { id: u.id, version: u.version, status }, updateMask: { paths: ['status'] } });
  return (
    <RecordList
      word="users"
      title={t('title')}
      empty={t('empty')}
      method={UserService.method.listUsers}
      order="full_name"
      name={(u) => u.fullName}
      columns={columns}
      filters={[
        { key: 'status', label: t('status'), options: ['active', 'suspended'].map((value) => ({ value, label: useWords.word(`status.${value}`) })) },
        { key: 'group_id', label: t('group'), kind: 'record', records: GroupService.method.listGroups },
        { key: 'client_id', label: t('client_id'), kind: 'record', records: ClientService.method.listClients },
      ]}
      bulk={[
        { label: t('suspend'), icon: CircleSlash, needs: UserService.method.updateUser, run: become('suspended') },
        { label: t('activate'), icon: CircleCheck, needs: UserService.method.updateUser, run: become('active') },
      ]}
      create={{ label: t('new'), needs: UserService.method.createUser, form: (close) => <UserForm onClose={close} /> }}
      detail={(id, close) => <UserDetail id={id} onGone={close} />}
    />
  );
}
