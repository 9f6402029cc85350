import { createQueryOptions, useTransport } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { getOf, type ListMethod } from '../lib/lists';
import { useMay } from '../lib/me';

/** How long the pointer rests on a row before its record is asked for, in milliseconds. */
const rest = 80;

/** usePrefetch asks for the record of a row that the pointer or the keys rest on, so that it is there when it is opened. */
export function usePrefetch(records: ListMethod): { over: (id: string) => void; out: () => void } {
  const queries = useQueryClient();
  const transport = useTransport();
  const may = useMay();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const out = () => clearTimeout(timer.current);
  const over = (id: string) => {
    out();
    const get = getOf(records);
    if (get && may(get)) timer.current = setTimeout(() => void queries.prefetchQuery(createQueryOptions(get, { id } as never, { transport })), rest);
  };
  return { over, out };
}
