import { useMemo } from 'react';
import { SiteService, type Site } from '../../gen/holdfast/sites/v1/sites_pb';
import { useAct } from '../../lib/act';
import { RecordList, type Column } from '../../ui/list';
import { Ago } from '../../ui/time';
import { CircleSlash, Trash2 } from 'lucide-react';
import { SiteDetail } from './detail';
import { SiteForm } from './form';
import { SiteStatus, statuses } from './status';
import { useWords } from './words';

/** SiteList is the list of sites. */
export function SiteList() {
  const t = useWords();
  const update = useAct(SiteService.method.updateSite);
  const remove = useAct(SiteService.method.deleteSite);
  const columns = useMemo<Column<Site>[]>(
    () => [
      { key: 'name', label: t('name'), main: true, sort: true, cell: (s) => s.name },
      { key: 'status', label: t('status'), sort: true, width: 140, cell: (s) => <SiteStatus status={s.status} /> },
      { key: 'address', label: t('address'), cell: (s) => s.address },
      { key: 'description', label: t('description'), hidden: true, cell: (s) => s.description },
      { key: 'updated_at', label: t('updated'), sort: true, width: 140, cell: (s) => <Ago at={s.updatedAt} /> },
      { key: 'created_at', label: t('created'), sort: true, hidden: true, width: 140, cell: (s) => <Ago at={s.createdAt} /> },
    ],
    [t],
  );
  return (
    <RecordList
      word="sites"
      title={t('title')}
      empty={t('empty')}
      method={SiteService.method.listSites}
      order="name"
      name={(s) => s.name}
      columns={columns}
      filters={[{ key: 'status', label: t('status'), options: useWords.choices('status', statuses) }]}
      bulk={[
        {
          label: t('retire'), icon: CircleSlash, needs: SiteService.method.updateSite,
          run: (s) => update.mutateAsync({ site: { id: s.id, version: s.version, status: 'retired' }, updateMask: { paths: ['status'] } }),
        },
        { label: t('delete'), icon: Trash2, danger: true, confirm: t('deleteMany'), needs: SiteService.method.deleteSite, run: (s) => remove.mutateAsync({ id: s.id, version: s.version }) },
      ]}
      create={{ label: t('new'), needs: SiteService.method.createSite, form: (close) => <SiteForm onClose={close} /> }}
      detail={(id, close) => <SiteDetail id={id} onGone={close} />}
    />
  );
}
