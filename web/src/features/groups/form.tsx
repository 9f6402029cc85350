import { Input, TextInput, Textarea } from '@mantine/core';
import { callUnaryMethod } from '@connectrpc/connect-query';
import { GroupSchema, GroupService, type Group } from '../../gen/holdfast/groups/v1/groups_pb';
import { useAct } from '../../lib/act';
import { transport } from '../../lib/transport';
import { told } from '../../ui/fault';
import { FormDrawer } from '../../ui/form';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { Matrix } from './matrix';
import { useWords } from './words';

/** GroupForm makes a group (from another's permissions, where one is given to copy), or changes one. */
export function GroupForm({ group, from, onClose }: { group?: Group; from?: Group; onClose: () => void }) {
  const t = useWords();
  const ui = useShared();
  const create = useAct(GroupService.method.createGroup);
  const update = useAct(GroupService.method.updateGroup);
  const form = useRecordForm({
    schema: GroupSchema,
    record: group,
    initial: from && { name: t('copyOf', { name: from.name }), description: from.description, permissions: from.permissions },
    draft: `group.${group?.id ?? (from ? `copy.${from.id}` : 'new')}`,
    save: (values, mask) => (group ? update.mutateAsync({ group: values, updateMask: { paths: mask } }) : create.mutateAsync({ group: values })),
    reload: () => callUnaryMethod(transport, GroupService.method.getGroup, { id: group?.id ?? '' }),
    onSaved: () => {
      told(ui('saved'));
      onClose();
    },
  });
  const permissions = form.many('permissions', t('permissions'));
  return (
    <FormDrawer form={form} title={group ? t('edit') : t('new')} onClose={onClose} size={760}>
      <TextInput {...form.text('name', t('name'))} data-autofocus />
      <Textarea {...form.text('description', t('description'))} autosize minRows={2} />
      <Input.Wrapper label={permissions.label} error={permissions.error} labelElement="div">
        <Matrix value={permissions.value} onChange={permissions.onChange} />
      </Input.Wrapper>
    </FormDrawer>
  );
}
