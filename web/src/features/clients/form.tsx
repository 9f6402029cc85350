import { TextInput } from '@mantine/core';
import { callUnaryMethod } from '@connectrpc/connect-query';
import { ClientSchema, ClientService, type Client } from '../../gen/holdfast/clients/v1/clients_pb';
import { useAct } from '../../lib/act';
import { transport } from '../../lib/transport';
import { told } from '../../ui/fault';
import { FormDrawer } from '../../ui/form';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { useWords } from './words';

/** ClientForm makes a client, or changes the one that is given. */
export function ClientForm({ client, onClose }: { client?: Client; onClose: () => void }) {
  const t = useWords();
  const ui = useShared();
  const create = useAct(ClientService.method.createClient);
  const update = useAct(ClientService.method.updateClient);
  const form = useRecordForm({
    schema: ClientSchema,
    record: client,
    draft: `client.${client?.id ?? 'new'}`,
    save: (values, mask) => (client ? update.mutateAsync({ client: values, updateMask: { paths: mask } }) : create.mutateAsync({ client: values })),
    reload: () => callUnaryMethod(transport, ClientService.method.getClient, { id: client?.id ?? '' }),
    onSaved: () => {
      told(ui('saved'));
      onClose();
    },
  });
  return (
    <FormDrawer form={form} title={client ? t('edit') : t('new')} onClose={onClose}>
      <TextInput {...form.text('name', t('name'))} data-autofocus />
      <TextInput {...form.text('primaryContactName', t('primary_contact_name'))} />
      <TextInput {...form.text('primaryContactEmail', t('primary_contact_email'))} type="email" />
    </FormDrawer>
  );
}
