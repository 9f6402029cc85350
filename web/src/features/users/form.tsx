import { PasswordInput, TextInput } from '@mantine/core';
import { callUnaryMethod } from '@connectrpc/connect-query';
import { UserSchema, UserService, type User } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { transport } from '../../lib/transport';
import { told } from '../../ui/fault';
import { FormDrawer } from '../../ui/form';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { ClientChoice, GroupChoice } from './choices';
import { useWords } from './words';

/** UserForm makes a member, or changes the one that is given. What belongs to the person is changed in the home tenant only. */
export function UserForm({ user, onClose }: { user?: User; onClose: () => void }) {
  const t = useWords();
  const ui = useShared();
  const create = useAct(UserService.method.createUser);
  const update = useAct(UserService.method.updateUser);
  const form = useRecordForm({
    schema: UserSchema,
    record: user,
    draft: `user.${user?.id ?? 'new'}`,
    secret: ['password'],
    save: (values, mask) => (user ? update.mutateAsync({ user: values, updateMask: { paths: mask } }) : create.mutateAsync({ user: values })),
    reload: () => callUnaryMethod(transport, UserService.method.getUser, { id: user?.id ?? '' }),
    onSaved: (saved) => {
      told(!user && saved.inviteId ? t('invited') : ui('saved'));
      onClose();
    },
  });
  const own = !user || user.isHome;
  return (
    <FormDrawer form={form} title={user ? t('edit') : t('new')} onClose={onClose}>
      {own && <TextInput {...form.text('fullName', t('full_name'))} data-autofocus autoComplete="off" />}
      {own && <TextInput {...form.text('email', t('email'))} type="email" autoComplete="off" required={!user} />}
      <GroupChoice {...form.many('groupIds', t('group_ids'))} />
      <ClientChoice {...form.choice('clientId', t('client_id'))} />
      {own && (
        <PasswordInput
          {...form.text('password', user ? t('passwordNew') : t('password'))} autoComplete="new-password"
          description={user ? t('passwordNewHint') : t('passwordHint')}
        />
      )}
    </FormDrawer>
  );
}
