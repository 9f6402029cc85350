import { Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { skipToken } from '@tanstack/react-query';
import { IncidentService } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { SessionService } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { day } from '../../lib/format';
import { useMay } from '../../lib/me';
import { FaultNote } from '../../ui/fault';
import { RecordLink } from '../../ui/recordlink';
import { Ago } from '../../ui/time';
import { useWords } from './words';

/** Incidents are those that affect an asset, newest first. */
export function Incidents({ assetId }: { assetId: string }) {
  const t = useWords();
  const may = useMay();
  const query = useQuery(IncidentService.method.listIncidents, may(IncidentService.method.listIncidents) ? { assetId: [assetId], perPage: 50 } : skipToken);
  if (query.isError) return <FaultNote error={query.error} retry={() => void query.refetch()} />;
  if (query.isLoading) return <Skeleton height={60} className="hf-ghost" />;
  const items = query.data?.items ?? [];
  if (!items.length) return <Text className="hf-quiet">{t('incidentsEmpty')}</Text>;
  return (
    <Stack gap={6}>
      {items.map((i) => (
        <div key={i.id}>
          <RecordLink kind="incident" to={{ $typeName: 'holdfast.type.v1.Ref', id: i.id, number: i.number, label: i.title }} /> <span className="hf-quiet"><Ago at={i.createdAt} /></span>
        </div>
      ))}
    </Stack>
  );
}

/** Sessions are the reviews of an asset, the latest first. */
export function Sessions({ assetId }: { assetId: string }) {
  const t = useWords();
  const may = useMay();
  const query = useQuery(SessionService.method.listSessions, may(SessionService.method.listSessions) ? { assetId: [assetId], perPage: 50 } : skipToken);
  if (query.isError) return <FaultNote error={query.error} retry={() => void query.refetch()} />;
  if (query.isLoading) return <Skeleton height={60} className="hf-ghost" />;
  const items = query.data?.items ?? [];
  if (!items.length) return <Text className="hf-quiet">{t('sessionsEmpty')}</Text>;
  return (
    <Stack gap={6}>
      {items.map((s) => (
        <div key={s.id}>
          <RecordLink kind="session" to={{ $typeName: 'holdfast.type.v1.Ref', id: s.id, number: '', label: s.name }} /> <span className="hf-quiet">{day(s.reviewDate)}</span>
        </div>
      ))}
    </Stack>
  );
}
