import { Select, TextInput } from '@mantine/core';
import { callUnaryMethod } from '@connectrpc/connect-query';
import { AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import { SessionSchema, SessionService, type Session } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { useMe } from '../../lib/me';
import { choicesOf, useVocabulary } from '../../lib/taxonomy';
import { transport } from '../../lib/transport';
import { DayInput } from '../../ui/dates';
import { told } from '../../ui/fault';
import { FormDrawer } from '../../ui/form';
import { MarkdownEditor } from '../../ui/markdowneditor';
import { RecordSelect } from '../../ui/recordselect';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { useWords } from './words';

/** SessionForm plans a session, or changes the one that is given; its asset never changes. */
export function SessionForm({ session, onClose }: { session?: Session; onClose: () => void }) {
  const t = useWords();
  const ui = useShared();
  const me = useMe()?.user;
  const states = useVocabulary('sessionStatus');
  const create = useAct(SessionService.method.createSession);
  const update = useAct(SessionService.method.updateSession);
  const form = useRecordForm({
    schema: SessionSchema,
    record: session,
    initial: { reviewerId: me?.id ?? '' },
    draft: `session.${session?.id ?? 'new'}`,
    save: (values, mask) => (session ? update.mutateAsync({ session: values, updateMask: { paths: mask } }) : create.mutateAsync({ session: values })),
    reload: () => callUnaryMethod(transport, SessionService.method.getSession, { id: session?.id ?? '' }),
    onSaved: () => {
      told(ui('saved'));
      onClose();
    },
  });
  const reviewer = session?.reviewerId === form.values.reviewerId ? session?.reviewer?.label : form.values.reviewerId === me?.id ? me?.fullName : undefined;
  return (
    <FormDrawer form={form} title={session ? t('edit') : t('new')} onClose={onClose} size={640}>
      <TextInput {...form.text('name', t('name'))} data-autofocus />
      {!session && <RecordSelect {...form.choice('assetId', t('asset_id'))} records={AssetService.method.listAssets} onChange={(id) => form.set('assetId', id)} />}
      <DayInput {...form.day('reviewDate', t('review_date'))} />
      <RecordSelect {...form.choice('reviewerId', t('reviewer_id'))} records={UserService.method.listReviewers} valueLabel={reviewer} onChange={(id) => form.set('reviewerId', id)} />
      <Select {...form.choice('status', t('status'))} allowDeselect={false} data={choicesOf(states, session?.statusWord)} />
      <MarkdownEditor {...form.markdown('scope', t('scope'))} />
      <MarkdownEditor {...form.markdown('notes', t('notes'))} />
    </FormDrawer>
  );
}
