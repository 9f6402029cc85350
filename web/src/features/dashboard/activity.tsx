import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { AuditService } from '../../gen/holdfast/audit/v1/audit_pb';
import { allKinds } from '../../lib/kinds';
import { Avatar } from '../../ui/person';
import { RecordLink } from '../../ui/recordlink';
import { Ago } from '../../ui/time';
import { useWords } from './words';

/** Activity is what happened to records last. */
export default function Activity() {
  const t = useWords();
  const query = useQuery(AuditService.method.listAuditEvents, { kind: allKinds().map((k) => k.kind).filter((k) => k !== 'user'), perPage: 10, total: 'none' });
  if (!query.data) return <Skeleton height={110} className="hf-ghost" />;
  if (!query.data.items.length) return <Text className="hf-quiet">{t('nothing')}</Text>;
  const verb = (action: string) => {
    const last = action.split('.').at(-1) ?? '';
    return last === 'created' || last === 'updated' || last === 'deleted' ? t(`action.${last}`) : t('action.other');
  };
  return (
    <ul className="hf-lines">
      {query.data.items.map((e) => (
        <li key={e.id}>
          <Avatar name={e.by?.label ?? 'S'} id={e.by?.id ?? ''} />
          <span className="hf-cut">
            {e.by?.label ?? t('machine')} {verb(e.action)}{' '}
            {e.recordId && <RecordLink kind={e.kind} to={{ $typeName: 'holdfast.type.v1.Ref', id: e.recordId, number: e.number, label: e.label }} />}
          </span>
          <span className="hf-quiet hf-lineat">
            <Ago at={e.at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
