import { Button, CopyButton, Modal, Stack, Text, TextInput } from '@mantine/core';
import { CircleSlash, Copy } from 'lucide-react';
import { useMemo, useState } from 'react';
import { InviteSchema, UserService, type Invite } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { useMay } from '../../lib/me';
import { failed } from '../../ui/fault';
import { FormDrawer } from '../../ui/form';
import { RecordList, type Column } from '../../ui/list';
import { Person } from '../../ui/person';
import { Ago } from '../../ui/time';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { ClientChoice, GroupChoice } from './choices';
import { InviteStatus } from './status';
import { useWords } from './words';

/** InviteList is who has been asked to become a member. */
export function InviteList() {
  const t = useWords();
  const may = useMay();
  const revoke = useAct(UserService.method.revokeInvite);
  const withdraw = revoke.mutate;
  const [made, setMade] = useState<Invite>();
  const columns = useMemo<Column<Invite>[]>(
    () => [
      { key: 'email', label: t('email'), main: true, sort: true, cell: (i) => i.email },
      { key: 'status', label: t('inviteStatus'), width: 150, cell: (i) => <InviteStatus status={i.status} /> },
      { key: 'inviter', label: t('inviter'), cell: (i) => <Person person={i.inviter} /> },
      { key: 'created_at', label: t('invitedAt'), sort: true, width: 150, cell: (i) => <Ago at={i.createdAt} /> },
      { key: 'expires_at', label: t('expires'), sort: true, width: 150, cell: (i) => <Ago ahead at={i.expiresAt} /> },
      {
        key: 'withdraw', label: t('withdraw'), width: 130,
        cell: (i) =>
          i.status === 'open' && may(UserService.method.revokeInvite) ? (
            <Button size="compact-xs" variant="default" onClick={() => withdraw({ id: i.id, version: i.version }, { onError: failed })}>
              {t('withdraw')}
            </Button>
          ) : null,
      },
    ],
    [t, may, withdraw],
  );
  return (
    <>
      <RecordList
        word="invites"
        title={t('invites')}
        empty={t('invitesEmpty')}
        method={UserService.method.listInvites}
        order="-created_at"
        name={(i) => i.email}
        columns={columns}
        filters={[{ key: 'status', label: t('inviteStatus'), options: ['open', 'claimed', 'revoked', 'expired'].map((value) => ({ value, label: useWords.word(`invite.${value}`) })) }]}
        bulk={[
          {
            label: t('withdraw'), icon: CircleSlash, danger: true, confirm: t('withdrawMany'), needs: UserService.method.revokeInvite,
            run: (i) => revoke.mutateAsync({ id: i.id, version: i.version }),
          },
        ]}
        create={{ label: t('invite'), needs: UserService.method.createInvite, form: (close) => <InviteForm onClose={close} onMade={setMade} /> }}
        onOpen={() => undefined}
      />
      {made?.token && <Link token={made.token} email={made.email} onClose={() => setMade(undefined)} />}
    </>
  );
}

function InviteForm({ onClose, onMade }: { onClose: () => void; onMade: (made: Invite) => void }) {
  const t = useWords();
  const create = useAct(UserService.method.createInvite);
  const form = useRecordForm({
    schema: InviteSchema,
    draft: 'invite.new',
    save: (invite) => create.mutateAsync({ invite }),
    onSaved: (made) => {
      onMade(made);
      onClose();
    },
  });
  return (
    <FormDrawer form={form} title={t('invite')} action={t('invite')} onClose={onClose}>
      <TextInput {...form.text('email', t('email'))} type="email" data-autofocus autoComplete="off" />
      <GroupChoice {...form.many('groupIds', t('group_ids'))} />
      <ClientChoice {...form.choice('clientId', t('client_id'))} />
    </FormDrawer>
  );
}

/** Link shows the way in once. */
function Link({ token, email, onClose }: { token: string; email: string; onClose: () => void }) {
  const t = useWords();
  const ui = useShared();
  const link = `${location.origin}/invite/${token}`;
  return (
    <Modal opened onClose={onClose} title={`${t('link')}: ${email}`} size="lg" closeButtonProps={{ 'aria-label': ui('close') }}>
      <Stack gap="sm">
        <Text size="sm">{t('linkText')}</Text>
        <TextInput readOnly value={link} aria-label={t('link')} onFocus={(e) => e.currentTarget.select()} className="hf-num" />
        <CopyButton value={link}>
          {({ copied, copy }) => (
            <Button variant="default" leftSection={<Copy size={14} aria-hidden />} onClick={copy}>
              {copied ? ui('copied') : t('copy')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t('done')}</Button>
      </Stack>
    </Modal>
  );
}
