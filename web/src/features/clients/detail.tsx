import { Anchor } from '@mantine/core';
import { callUnaryMethod, useQuery } from '@connectrpc/connect-query';
import { Link, useParams } from '@tanstack/react-router';
import { Pencil } from 'lucide-react';
import { AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import { ClientSchema, ClientService } from '../../gen/holdfast/clients/v1/clients_pb';
import { FindingService } from '../../gen/holdfast/findings/v1/findings_pb';
import { SessionService } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { useAct } from '../../lib/act';
import { day } from '../../lib/format';
import { useMay } from '../../lib/me';
import { transport } from '../../lib/transport';
import { Attachments } from '../../ui/attachments';
import { Comments } from '../../ui/comments';
import { History } from '../../ui/history';
import { Links } from '../../ui/links';
import { useAddress } from '../../ui/liststate';
import { Loaded } from '../../ui/loaded';
import { RailField, RailRow, type Editor } from '../../ui/rail';
import { RecordView } from '../../ui/record';
import { Related } from '../../ui/related';
import { Ago } from '../../ui/time';
import { WordBadge } from '../../ui/word';
import { useWords as useShared } from '../../ui/words';
import { ClientForm } from './form';
import { useWords } from './words';

/** ClientPage is a client on a page of its own. */
export function ClientPage() {
  const { id = '' } = useParams({ strict: false });
  return <ClientDetail id={id} />;
}

/** ClientDetail is a client, on its page and in the panel over the list. */
export function ClientDetail({ id }: { id: string }) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const [search, change] = useAddress();
  const query = useQuery(ClientService.method.getClient, { id });
  const update = useAct(ClientService.method.updateClient);
  const mayUpdate = may(ClientService.method.updateClient);
  return (
    <Loaded query={query}>
      {(c) => {
        const editor: Editor<typeof ClientSchema> = {
          schema: ClientSchema,
          record: c,
          may: mayUpdate,
          update: (values, mask) => update.mutateAsync({ client: values, updateMask: { paths: mask } }),
          reload: () => callUnaryMethod(transport, ClientService.method.getClient, { id: c.id }),
        };
        return (
          <>
            <RecordView
              title={c.name}
              actions={mayUpdate ? [{ label: ui('edit'), icon: Pencil, onClick: () => change({ edit: ['1'] }) }] : []}
              tabs={[
                ...(may(SessionService.method.listSessions)
                  ? [{
                      key: 'sessions', label: t('sessions'),
                      content: (
                        <Related
                          kind="session" records={SessionService.method.listSessions} of={{ client_id: c.id }} empty={t('sessionsEmpty')}
                          beside={(s) => (
                            <>
                              <WordBadge word={s.statusWord} /> <span className="hf-quiet">{day(s.reviewDate)}</span>
                            </>
                          )}
                        />
                      ),
                    }]
                  : []),
                ...(may(AssetService.method.listAssets)
                  ? [{ key: 'assets', label: t('assets'), content: <Related kind="asset" records={AssetService.method.listAssets} of={{ client_id: c.id }} empty={t('assetsEmpty')} beside={(a) => <WordBadge word={a.assetTypeWord} />} /> }]
                  : []),
                { key: 'comments', label: ui('comments'), content: <Comments kind="client" id={c.id} may={mayUpdate} forClients /> },
                { key: 'links', label: ui('links'), content: <Links kind="client" id={c.id} may={mayUpdate} /> },
                { key: 'files', label: ui('attachments'), content: <Attachments kind="client" id={c.id} may={mayUpdate} /> },
                { key: 'history', label: ui('history'), content: <History method={ClientService.method.listClientHistory} id={c.id} label={(f) => useWords.word(f)} /> },
              ]}
              rail={
                <>
                  <RailField editor={editor} field="primaryContactName" label={t('primary_contact_name')} as={{ is: 'text' }} />
                  <RailField editor={editor} field="primaryContactEmail" label={t('primary_contact_email')} as={{ is: 'text' }} />
                  <RailRow label={t('created')}>
                    <Ago at={c.createdAt} />
                  </RailRow>
                  <RailRow label={t('updated')}>
                    <Ago at={c.updatedAt} />
                  </RailRow>
                </>
              }
            >
              {may(FindingService.method.listFindings) && (
                <Anchor component={Link} to={`/findings?client_id=${c.id}`} size="sm">
                  {t('allFindings')}
                </Anchor>
              )}
            </RecordView>
            {mayUpdate && 'edit' in search && <ClientForm client={c} onClose={() => change({ edit: undefined })} />}
          </>
        );
      }}
    </Loaded>
  );
}
