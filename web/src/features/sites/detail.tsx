import { callUnaryMethod, useQuery } from '@connectrpc/connect-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { CircleCheck, CircleSlash, Pencil, Trash2 } from 'lucide-react';
import { SiteSchema, SiteService } from '../../gen/holdfast/sites/v1/sites_pb';
import { useAct } from '../../lib/act';
import { useMay } from '../../lib/me';
import { transport } from '../../lib/transport';
import { Comments } from '../../ui/comments';
import { confirm } from '../../ui/confirm';
import { failed } from '../../ui/fault';
import { History } from '../../ui/history';
import { ImpactTab } from '../../ui/impact/tab';
import { Links } from '../../ui/links';
import { useAddress } from '../../ui/liststate';
import { Loaded } from '../../ui/loaded';
import { Markdown } from '../../ui/markdown';
import { RailField, RailRow, type Editor } from '../../ui/rail';
import { RecordView, type Act } from '../../ui/record';
import { Ago } from '../../ui/time';
import { useWords as useShared } from '../../ui/words';
import { SiteForm } from './form';
import { SiteStatus, statuses } from './status';
import { useWords } from './words';

/** SitePage is a site on a page of its own. */
export function SitePage() {
  const { id = '' } = useParams({ strict: false });
  const navigate = useNavigate();
  return <SiteDetail id={id} onGone={() => void navigate({ to: '/sites' })} />;
}

/** SiteDetail is a site, on its page and in the panel over the list. */
export function SiteDetail({ id, onGone }: { id: string; onGone: () => void }) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const [search, change] = useAddress();
  const query = useQuery(SiteService.method.getSite, { id });
  const update = useAct(SiteService.method.updateSite);
  const remove = useAct(SiteService.method.deleteSite, { onError: failed, onSuccess: onGone });
  const mayUpdate = may(SiteService.method.updateSite);
  return (
    <Loaded query={query}>
      {(site) => {
        const editor: Editor<typeof SiteSchema> = {
          schema: SiteSchema,
          record: site,
          may: mayUpdate,
          update: (values, mask) => update.mutateAsync({ site: values, updateMask: { paths: mask } }),
          reload: () => callUnaryMethod(transport, SiteService.method.getSite, { id: site.id }),
        };
        const become = (status: string, label: string, icon: Act['icon']): Act => ({
          label, icon, busy: update.isPending,
          onClick: () => update.mutate({ site: { id: site.id, version: site.version, status }, updateMask: { paths: ['status'] } }, { onError: failed }),
        });
        const actions: Act[] = [];
        if (mayUpdate) {
          if (site.status !== 'active') actions.push(become('active', t('activate'), CircleCheck));
          else actions.push(become('retired', t('retire'), CircleSlash));
          actions.push({ label: ui('edit'), icon: Pencil, onClick: () => change({ edit: ['1'] }) });
        }
        if (may(SiteService.method.deleteSite)) {
          actions.push({
            label: t('delete'), icon: Trash2, danger: true, menu: true,
            onClick: () =>
              void confirm({ title: ui('deleteTitle', { name: site.name }), text: ui('deleteText'), action: t('delete'), danger: true }).then(
                (yes) => yes && remove.mutate({ id: site.id, version: site.version }),
              ),
          });
        }
        return (
          <>
            <RecordView
              title={site.name}
              badges={<SiteStatus status={site.status} />}
              actions={actions}
              tabs={[
                { key: 'comments', label: ui('comments'), content: <Comments kind="site" id={site.id} may={mayUpdate} /> },
                ...(may(SiteService.method.getSiteImpact) ? [{ key: 'impact', label: t('impact'), content: <ImpactTab method={SiteService.method.getSiteImpact} id={site.id} root={site.name} /> }] : []),
                { key: 'links', label: ui('links'), content: <Links kind="site" id={site.id} may={mayUpdate} /> },
                {
                  key: 'history', label: ui('history'),
                  content: (
                    <History
                      method={SiteService.method.listSiteHistory} id={site.id} label={(f) => useWords.word(f)}
                      value={(f, v) => (f === 'status' ? useWords.word(`status.${v}`) : undefined)}
                    />
                  ),
                },
              ]}
              rail={
                <>
                  <RailField editor={editor} field="name" label={t('name')} as={{ is: 'text' }} />
                  <RailField editor={editor} field="status" label={t('status')} as={{ is: 'choice', options: useWords.choices('status', statuses) }}>
                    <SiteStatus status={site.status} />
                  </RailField>
                  <RailField editor={editor} field="address" label={t('address')} as={{ is: 'long' }} />
                  <RailRow label={t('created')}>
                    <Ago at={site.createdAt} />
                  </RailRow>
                  <RailRow label={t('updated')}>
                    <Ago at={site.updatedAt} />
                  </RailRow>
                </>
              }
            >
              {site.description ? <Markdown text={site.description} /> : <span className="hf-quiet">{t('noDescription')}</span>}
            </RecordView>
            {mayUpdate && 'edit' in search && <SiteForm site={site} onClose={() => change({ edit: undefined })} />}
          </>
        );
      }}
    </Loaded>
  );
}
