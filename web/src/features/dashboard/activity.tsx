import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { StatsService } from '../../gen/holdfast/stats/v1/stats_pb';
import { FaultNote } from '../../ui/fault';
import { Avatar } from '../../ui/person';
import { RecordLink } from '../../ui/recordlink';
import { Ago } from '../../ui/time';
import { useWords } from './words';

/** Activity is what happened last to the records that the person may see. */
export default function Activity() {
  const t = useWords();
  const query = useQuery(StatsService.method.getActivity, {});
  if (query.isError && !query.data) return <FaultNote error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <Skeleton height={110} className="hf-ghost" />;
  if (!query.data.items.length) return <Text className="hf-quiet">{t('nothing')}</Text>;
  const verb = (action: string) => useWords.known(`action.${action.split('.').at(-1) ?? ''}`) ?? t('action.other');
  return (
    <ul className="hf-lines">
      {query.data.items.map((e) => (
        <li key={e.id}>
          <Avatar name={e.by?.label ?? 'S'} id={e.by?.id ?? ''} />
          <span className="hf-cut">
            {e.by?.label ?? t('machine')} {verb(e.action)}{' '}
            {e.record && (e.action.endsWith('.deleted') ? e.record.label : <RecordLink kind={e.kind} to={e.record} />)}
          </span>
          <span className="hf-quiet hf-lineat">
            <Ago at={e.at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
