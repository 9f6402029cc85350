import type { DescMessage, DescMethodUnary, DescService } from '@bufbuild/protobuf';
import { createConnectQueryKey, useMutation, type UseMutationOptions } from '@connectrpc/connect-query';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { faultOf } from './faults';

/** outdate has every answer of the services asked anew. */
export function outdate(queries: QueryClient, ...services: DescService[]): Promise<unknown> {
  return Promise.all(
    services.map((schema) => queries.invalidateQueries({ queryKey: createConnectQueryKey({ schema, cardinality: undefined }) })),
  );
}

/** useAct is a writing call: const save = useAct(SiteService.method.updateSite). When it succeeds, the answers of its own service are
 * asked anew, and those of the others named in also; its own, too, when somebody else was first, so that another try begins with what
 * is stored now. */
export function useAct<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  options: UseMutationOptions<I, O> & { also?: DescService[] } = {},
) {
  const queries = useQueryClient();
  const { also, ...rest } = options;
  return useMutation(method, {
    ...rest,
    onSuccess: (...args) => {
      void outdate(queries, method.parent, ...(also ?? []));
      return rest.onSuccess?.(...args);
    },
    onError: (error, ...args) => {
      if (faultOf(error).kind === 'stale') void outdate(queries, method.parent);
      return rest.onError?.(error, ...args);
    },
  });
}
