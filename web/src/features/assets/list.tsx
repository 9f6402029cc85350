import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Archive, CircleCheck, FileUp, Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { AssetService, type Asset } from '../../gen/holdfast/assets/v1/assets_pb';
import { ClientService } from '../../gen/holdfast/clients/v1/clients_pb';
import { SiteService } from '../../gen/holdfast/sites/v1/sites_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { useMay } from '../../lib/me';
import { choicesOf, useVocabulary } from '../../lib/taxonomy';
import { RecordList, type Column } from '../../ui/list';
import { Person } from '../../ui/person';
import { Ago } from '../../ui/time';
import { WordBadge } from '../../ui/word';
import { AssetDetail } from './detail';
import { AssetForm } from './form';
import { Criticality, Lifecycle } from './looks';
import { criticalities, lifecycles } from './vocabulary';
import { useWords } from './words';

/** AssetList is the inventory. */
export function AssetList() {
  const t = useWords();
  const may = useMay();
  const types = useVocabulary('assetType');
  const update = useAct(AssetService.method.updateAsset);
  const remove = useAct(AssetService.method.deleteAsset);
  const columns = useMemo<Column<Asset>[]>(
    () => [
      { key: 'number', label: '#', sort: true, width: 92, cell: (a) => <span className="hf-num">{a.number}</span> },
      { key: 'name', label: t('name'), main: true, sort: true, cell: (a) => a.name },
      { key: 'asset_type', label: t('asset_type'), sort: true, width: 170, cell: (a) => <WordBadge word={a.assetTypeWord} /> },
      { key: 'criticality', label: t('criticality'), sort: true, width: 115, cell: (a) => <Criticality criticality={a.criticality} /> },
      { key: 'lifecycle', label: t('lifecycle'), sort: true, width: 140, cell: (a) => <Lifecycle lifecycle={a.lifecycle} /> },
      { key: 'site', label: t('site_id'), width: 150, cell: (a) => a.site?.label },
      { key: 'client', label: t('client_id'), width: 140, cell: (a) => a.client?.label },
      { key: 'owner', label: t('owner_id'), width: 150, hidden: true, cell: (a) => <Person person={a.owner} /> },
      { key: 'ip_address', label: t('ip_address'), width: 130, cell: (a) => <span className="hf-num">{a.ipAddress}</span> },
      { key: 'hostname', label: t('hostname'), width: 160, hidden: true, cell: (a) => <span className="hf-num">{a.hostname}</span> },
      { key: 'serial', label: t('serial'), width: 150, hidden: true, cell: (a) => <span className="hf-num">{a.serial}</span> },
      { key: 'producer', label: t('producer'), width: 130, hidden: true, cell: (a) => a.producer },
      { key: 'model', label: t('model'), width: 130, hidden: true, cell: (a) => a.model },
      { key: 'tags', label: t('tags'), hidden: true, cell: (a) => a.tags.join(', ') },
      { key: 'updated_at', label: t('updated'), sort: true, width: 120, cell: (a) => <Ago at={a.updatedAt} /> },
      { key: 'created_at', label: t('created'), sort: true, width: 120, hidden: true, cell: (a) => <Ago at={a.createdAt} /> },
    ],
    [t],
  );
  const become = (lifecycle: string) => (a: Asset) => update.mutateAsync({ asset: { id: a.id, version: a.version, lifecycle }, updateMask: { paths: ['lifecycle'] } });
  return (
    <RecordList
      word="assets"
      title={t('heading')}
      empty={t('empty')}
      method={AssetService.method.listAssets}
      order="name"
      name={(a) => `${a.number} ${a.name}`}
      columns={columns}
      actions={
        may(AssetService.method.createAsset) && (
          <Button component={Link} to="/assets/import" size="xs" variant="default" leftSection={<FileUp size={14} aria-hidden />}>
            {t('import')}
          </Button>
        )
      }
      filters={[
        { key: 'asset_type', label: t('asset_type'), options: choicesOf(types) },
        { key: 'criticality', label: t('criticality'), options: useWords.choices('criticality', criticalities) },
        { key: 'lifecycle', label: t('lifecycle'), options: useWords.choices('lifecycle', lifecycles) },
        { key: 'site_id', label: t('site_id'), kind: 'record', records: SiteService.method.listSites },
        { key: 'client_id', label: t('client_id'), kind: 'record', records: ClientService.method.listClients },
        { key: 'owner_id', label: t('owner_id'), kind: 'record', records: UserService.method.listColleagues },
        { key: 'tags', label: t('tags'), kind: 'text' },
        { key: 'environment', label: t('environment'), kind: 'text' },
      ]}
      bulk={[
        { label: t('commission'), icon: CircleCheck, needs: AssetService.method.updateAsset, run: become('active') },
        { label: t('decommission'), icon: Archive, needs: AssetService.method.updateAsset, run: become('decommissioned') },
        { label: t('delete'), icon: Trash2, danger: true, confirm: t('deleteMany'), needs: AssetService.method.deleteAsset, run: (a) => remove.mutateAsync({ id: a.id, version: a.version }) },
      ]}
      create={{ label: t('new'), needs: AssetService.method.createAsset, form: (close) => <AssetForm onClose={close} /> }}
      detail={(id, close) => <AssetDetail id={id} onGone={close} />}
    />
  );
}
