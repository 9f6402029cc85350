import { Stack, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import type { ReactNode } from 'react';
import type { Search } from '../lib/address';
import { requestOf, type ListMethod, type Page, type RowOf } from '../lib/lists';
import { Loaded, type Asked } from './loaded';
import { RecordLink } from './recordlink';
import { refOf } from './recordselect';

interface Props<M extends ListMethod> {
  kind: string;
  /** The List method of the records. */
  records: M;
  /** Narrows them to those of the record, as the list's own parameters. */
  of: Search;
  /** What is said where there are none. */
  empty: string;
  /** What stands beside a record's name. */
  beside: (row: RowOf<M>) => ReactNode;
}

/** Related are the records of another list that hang on a record, each in a line. */
export function Related<M extends ListMethod>({ kind, records, of, empty, beside }: Props<M>) {
  const query = useQuery(records, requestOf(records, { ...of, per_page: '100' }));
  return (
    <Loaded query={query as unknown as Asked<Page<RowOf<M> & { id: string }>>} height={60}>
      {({ items }) =>
        items.length ? (
          <Stack gap={6}>
            {items.map((row) => (
              <div key={row.id}>
                <RecordLink kind={kind} to={refOf(row)} /> {beside(row)}
              </div>
            ))}
          </Stack>
        ) : (
          <Text className="hf-quiet">{empty}</Text>
        )
      }
    </Loaded>
  );
}
