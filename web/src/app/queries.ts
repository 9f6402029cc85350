import { QueryClient } from '@tanstack/react-query';
import { faultOf } from '../lib/faults';

/** queries holds everything that the server said. Reads are tried again when the server was away, never when it refused. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      gcTime: 10 * 60_000,
      retry: (count, error) => count < 3 && faultOf(error).kind === 'unreachable',
      retryDelay: (attempt) => Math.min(1000 * 2 ** attempt, 8000),
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});
