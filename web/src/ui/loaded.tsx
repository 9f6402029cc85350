import { Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { faultOf } from '../lib/faults';
import { FaultNote } from './fault';
import { Slow } from './slow';
import { useWords } from './words';

/** Asked is a query, as useQuery answers it. */
export interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isFetching: boolean;
  /** Asks anew, also while an answer is on its way. */
  refetch: () => unknown;
}

interface Props<T> {
  query: Asked<T>;
  /** How high it will be, in pixels, where it is a part of a page; a whole record without. */
  height?: number;
  children: (data: T) => ReactNode;
}

/** Loaded draws an answer once it is there: its shape before, a word when it takes long, and what went wrong instead. What is shown already
 * stays when it cannot be brought up to date; above it stands why. */
export function Loaded<T>({ query, height, children }: Props<T>) {
  const again = () => void query.refetch();
  if (query.data !== undefined) {
    // While the server is silent the banner over the page says so.
    const old = query.error && faultOf(query.error).kind !== 'unreachable';
    return (
      <>
        {old && <FaultNote error={query.error} retry={again} />}
        {children(query.data)}
      </>
    );
  }
  const p = height ? undefined : 'md';
  if (query.error) {
    return (
      <Stack p={p}>
        <FaultNote error={query.error} retry={again} />
      </Stack>
    );
  }
  return (
    <Stack p={p} gap={0}>
      <Slow busy={query.isFetching} again={again} />
      {height ? <Skeleton height={height} className="hf-ghost" /> : <RecordGhost />}
    </Stack>
  );
}

/** RecordGhost has the shape of a record. */
function RecordGhost() {
  const t = useWords();
  return (
    <Stack gap="md" aria-label={t('loading')} aria-busy className="hf-ghost">
      <Skeleton height={22} width="50%" />
      <Skeleton height={12} width="90%" />
      <Skeleton height={12} width="80%" />
      <Skeleton height={160} mt="md" />
    </Stack>
  );
}
