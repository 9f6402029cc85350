import { Badge as Tag, Group, Stack, Text } from '@mantine/core';
import { callUnaryMethod, useQuery } from '@connectrpc/connect-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { Archive, CircleCheck, Pencil, Trash2 } from 'lucide-react';
import { AssetSchema, AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import { IncidentService } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { SessionService } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { SiteService } from '../../gen/holdfast/sites/v1/sites_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { day } from '../../lib/format';
import { useMay } from '../../lib/me';
import { choicesOf, useVocabulary } from '../../lib/taxonomy';
import { transport } from '../../lib/transport';
import { Attachments } from '../../ui/attachments';
import { Comments } from '../../ui/comments';
import { confirm } from '../../ui/confirm';
import { failed } from '../../ui/fault';
import { History } from '../../ui/history';
import { ImpactTab } from '../../ui/impact/tab';
import { Links } from '../../ui/links';
import { useAddress } from '../../ui/liststate';
import { Loaded } from '../../ui/loaded';
import { Markdown } from '../../ui/markdown';
import { Person } from '../../ui/person';
import { RailField, RailRow, type Editor } from '../../ui/rail';
import { RecordView, type Act } from '../../ui/record';
import { RecordLink } from '../../ui/recordlink';
import { Related } from '../../ui/related';
import { Ago } from '../../ui/time';
import { WordBadge } from '../../ui/word';
import { useWords as useShared } from '../../ui/words';
import { AssetForm } from './form';
import { Criticality, Lifecycle } from './looks';
import { Relations } from './relations';
import { criticalities, facts, factText } from './vocabulary';
import { useWords } from './words';


/** AssetPage is an asset on a page of its own. */
export function AssetPage() {
  const { id = '' } = useParams({ strict: false });
  const navigate = useNavigate();
  return <AssetDetail id={id} onGone={() => void navigate({ to: '/assets' })} />;
}

/** AssetDetail is an asset, on its page and in the panel over the list. */
export function AssetDetail({ id, onGone }: { id: string; onGone: () => void }) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const [search, change] = useAddress();
  const types = useVocabulary('assetType');
  const query = useQuery(AssetService.method.getAsset, { id });
  const update = useAct(AssetService.method.updateAsset);
  const remove = useAct(AssetService.method.deleteAsset, { onError: failed, onSuccess: onGone });
  const mayUpdate = may(AssetService.method.updateAsset);
  return (
    <Loaded query={query}>
      {(a) => {
        const editor: Editor<typeof AssetSchema> = {
          schema: AssetSchema,
          record: a,
          may: mayUpdate,
          update: (values, mask) => update.mutateAsync({ asset: values, updateMask: { paths: mask } }),
          reload: () => callUnaryMethod(transport, AssetService.method.getAsset, { id: a.id }),
        };
        const become = (lifecycle: string) => update.mutate({ asset: { id: a.id, version: a.version, lifecycle }, updateMask: { paths: ['lifecycle'] } }, { onError: failed });
        const actions: Act[] = [];
        if (mayUpdate) {
          if (a.lifecycle === 'planned') actions.push({ label: t('commission'), icon: CircleCheck, busy: update.isPending, onClick: () => become('active') });
          if (a.lifecycle === 'active') actions.push({ label: t('decommission'), icon: Archive, busy: update.isPending, onClick: () => become('decommissioned') });
          if (a.lifecycle === 'decommissioned') actions.push({ label: t('recommission'), icon: CircleCheck, onClick: () => change({ edit: ['1'] }) });
          actions.push({ label: ui('edit'), icon: Pencil, onClick: () => change({ edit: ['1'] }) });
        }
        if (may(AssetService.method.deleteAsset)) {
          actions.push({
            label: t('delete'), icon: Trash2, danger: true, menu: true,
            onClick: () =>
              void confirm({ title: ui('deleteTitle', { name: a.name }), text: ui('deleteText'), action: t('delete'), danger: true }).then((yes) => yes && remove.mutate({ id: a.id, version: a.version })),
          });
        }
        return (
          <>
            <RecordView
              number={a.number}
              title={a.name}
              badges={
                <>
                  <WordBadge word={a.assetTypeWord} />
                  <Criticality criticality={a.criticality} />
                  <Lifecycle lifecycle={a.lifecycle} />
                </>
              }
              actions={actions}
              tabs={[
                { key: 'relations', label: t('relations'), content: <Relations asset={a} may={mayUpdate} /> },
                { key: 'impact', label: t('impact'), content: <ImpactTab method={AssetService.method.getAssetImpact} id={a.id} root={`${a.number} ${a.name}`} /> },
                ...(may(IncidentService.method.listIncidents)
                  ? [{
                      key: 'incidents', label: t('incidents'),
                      content: <Related kind="incident" records={IncidentService.method.listIncidents} of={{ asset_id: a.id }} empty={t('incidentsEmpty')} beside={(i) => <span className="hf-quiet"><Ago at={i.createdAt} /></span>} />,
                    }]
                  : []),
                ...(may(SessionService.method.listSessions)
                  ? [{
                      key: 'sessions', label: t('sessions'),
                      content: <Related kind="session" records={SessionService.method.listSessions} of={{ asset_id: a.id }} empty={t('sessionsEmpty')} beside={(s) => <span className="hf-quiet">{day(s.reviewDate)}</span>} />,
                    }]
                  : []),
                { key: 'comments', label: ui('comments'), content: <Comments kind="asset" id={a.id} may={mayUpdate} forClients={!!a.clientId} /> },
                { key: 'links', label: ui('links'), content: <Links kind="asset" id={a.id} may={mayUpdate} /> },
                { key: 'files', label: ui('attachments'), content: <Attachments kind="asset" id={a.id} may={mayUpdate} /> },
                {
                  key: 'history', label: ui('history'),
                  content: <History method={AssetService.method.listAssetHistory} id={a.id} label={(f) => useWords.word(f)} value={(f, v) => useWords.known(`${f}.${v}`)} />,
                },
              ]}
              rail={
                <>
                  <RailField editor={editor} field="assetType" label={t('asset_type')} as={{ is: 'choice', options: choicesOf(types, a.assetTypeWord) }}>
                    {a.assetTypeWord?.label}
                  </RailField>
                  <RailField editor={editor} field="criticality" label={t('criticality')} as={{ is: 'choice', options: useWords.choices('criticality', criticalities) }}>
                    <Criticality criticality={a.criticality} />
                  </RailField>
                  <RailField editor={editor} field="siteId" label={t('site_id')} as={{ is: 'record', records: SiteService.method.listSites, label: a.site?.label }}>
                    {a.site?.label}
                  </RailField>
                  <RailRow label={t('client_id')}>{a.client && <RecordLink kind="client" to={a.client} />}</RailRow>
                  <RailField editor={editor} field="ownerId" label={t('owner_id')} as={{ is: 'record', records: UserService.method.listColleagues, label: a.owner?.label }}>
                    {a.owner && <Person person={a.owner} />}
                  </RailField>
                  {facts.map((key) => (
                    <RailField key={key} editor={editor} field={key} label={factText(key)} as={{ is: 'text' }} />
                  ))}
                  <RailRow label={t('tags')}>
                    {a.tags.length > 0 && (
                      <Group gap={4}>
                        {a.tags.map((tag) => (
                          <Tag key={tag} variant="default" size="sm" tt="none" fw={500}>
                            {tag}
                          </Tag>
                        ))}
                      </Group>
                    )}
                  </RailRow>
                  <RailRow label={t('created')}>
                    <Ago at={a.createdAt} />
                  </RailRow>
                  <RailRow label={t('updated')}>
                    <Ago at={a.updatedAt} />
                  </RailRow>
                </>
              }
            >
              <Stack gap={4}>
                {a.description ? <Markdown text={a.description} /> : <Text className="hf-quiet">{t('noDescription')}</Text>}
              </Stack>
            </RecordView>
            {mayUpdate && 'edit' in search && <AssetForm asset={a} onClose={() => change({ edit: undefined })} />}
          </>
        );
      }}
    </Loaded>
  );
}
