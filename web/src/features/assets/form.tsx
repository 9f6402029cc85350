import { Group, Select, SimpleGrid, TagsInput, TextInput } from '@mantine/core';
import { callUnaryMethod } from '@connectrpc/connect-query';
import { AssetSchema, AssetService, type Asset } from '../../gen/holdfast/assets/v1/assets_pb';
import { ClientService } from '../../gen/holdfast/clients/v1/clients_pb';
import { SiteService } from '../../gen/holdfast/sites/v1/sites_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { useMay } from '../../lib/me';
import { choicesOf, useVocabulary } from '../../lib/taxonomy';
import { transport } from '../../lib/transport';
import { told } from '../../ui/fault';
import { FormDrawer } from '../../ui/form';
import { MarkdownEditor } from '../../ui/markdowneditor';
import { RecordSelect } from '../../ui/recordselect';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { criticalities, facts, factText, lifecycles } from './vocabulary';
import { useWords } from './words';

/** AssetForm makes an asset, or changes the one that is given. */
export function AssetForm({ asset, onClose }: { asset?: Asset; onClose: () => void }) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const create = useAct(AssetService.method.createAsset);
  const update = useAct(AssetService.method.updateAsset);
  const types = useVocabulary('assetType');
  const form = useRecordForm({
    schema: AssetSchema,
    record: asset,
    initial: { criticality: 'medium', lifecycle: 'active' },
    draft: `asset.${asset?.id ?? 'new'}`,
    save: (values, mask) => (asset ? update.mutateAsync({ asset: values, updateMask: { paths: mask } }) : create.mutateAsync({ asset: values })),
    reload: () => callUnaryMethod(transport, AssetService.method.getAsset, { id: asset?.id ?? '' }),
    onSaved: (saved) => {
      told(asset ? ui('saved') : `${saved.number} ${saved.name}`);
      onClose();
    },
  });
  const back = asset?.lifecycle === 'decommissioned' && form.values.lifecycle !== 'decommissioned';
  return (
    <FormDrawer form={form} title={asset ? t('edit') : t('new')} onClose={onClose} size={680}>
      <TextInput {...form.text('name', t('name'))} data-autofocus />
      <Group grow align="flex-start">
        <Select {...form.choice('assetType', t('asset_type'))} searchable allowDeselect={false} data={choicesOf(types, asset?.assetTypeWord)} />
        <Select {...form.choice('criticality', t('criticality'))} allowDeselect={false} data={useWords.choices('criticality', criticalities)} />
        <Select {...form.choice('lifecycle', t('lifecycle'))} allowDeselect={false} data={useWords.choices('lifecycle', lifecycles)} />
      </Group>
      {back && <TextInput {...form.text('reason', t('reason'))} description={t('recommissionText')} required />}
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        {may(SiteService.method.listSites) && (
          <RecordSelect {...form.choice('siteId', t('site_id'))} records={SiteService.method.listSites} valueLabel={asset?.siteId === form.values.siteId ? asset?.site?.label : undefined} onChange={(id) => form.set('siteId', id || undefined)} />
        )}
        {may(ClientService.method.listClients) && (
          <RecordSelect {...form.choice('clientId', t('client_id'))} records={ClientService.method.listClients} valueLabel={asset?.clientId === form.values.clientId ? asset?.client?.label : undefined} onChange={(id) => form.set('clientId', id || undefined)} />
        )}
        <RecordSelect {...form.choice('ownerId', t('owner_id'))} records={UserService.method.listColleagues} valueLabel={asset?.ownerId === form.values.ownerId ? asset?.owner?.label : undefined} onChange={(id) => form.set('ownerId', id || undefined)} />
        {facts.map((key) => (
          <TextInput key={key} {...form.text(key, factText(key))} />
        ))}
      </SimpleGrid>
      <TagsInput {...form.many('tags', t('tags'))} />
      <MarkdownEditor {...form.markdown('description', t('description'))} />
    </FormDrawer>
  );
}
