// What others change is seen at once: the feed says which record changed, and the answers about it are asked anew.
import { createClient, Code, ConnectError } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import type { DescService } from '@bufbuild/protobuf';
import { useEffect } from 'react';
import { FeedService, type Event } from '../gen/holdfast/feed/v1/feed_pb';
import { outdate } from './act';

/** Mapping answers the services whose answers an event of a kind makes old. */
export type Mapping = (kind: string) => DescService[];

const heard = new Set<(event: Event) => void>();

/** onEvent calls back at every event of the feed. */
export function onEvent(hear: (event: Event) => void): () => void {
  heard.add(hear);
  return () => heard.delete(hear);
}

/** useLive follows the feed while the page is open. Where no stream gets through, everything on the screen is asked anew twice a minute. */
export function useLive(mapping: Mapping) {
  const transport = useTransport();
  const queries = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    void follow(createClient(FeedService, transport), queries, mapping, stop.signal);
    return () => stop.abort();
  }, [transport, queries, mapping]);
}

type Feed = ReturnType<typeof createClient<typeof FeedService>>;

async function follow(feed: Feed, queries: QueryClient, mapping: Mapping, signal: AbortSignal) {
  let token = '';
  let failures = 0;
  let due = new Set<DescService>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (kind: string) => {
    for (const s of mapping(kind)) due.add(s);
    // One question for a burst of events.
    timer ??= setTimeout(() => {
      const services = [...due];
      due = new Set();
      timer = undefined;
      void outdate(queries, ...services);
    }, 400);
  };
  while (!signal.aborted) {
    try {
      for await (const event of feed.watch({ resumeToken: token }, { signal, timeoutMs: 0 })) {
        if (failures > 0) {
          // What happened between two streams is not known without a token.
          if (!token) void queries.invalidateQueries();
          failures = 0;
        }
        token = event.token;
        if (!event.kind) continue;
        soon(event.kind);
        for (const hear of heard) hear(event);
      }
    } catch (thrown) {
      if (signal.aborted) break;
      const { code } = ConnectError.from(thrown);
      if (code === Code.InvalidArgument) token = '';
      failures++;
      if (code !== Code.Unavailable || failures > 2) void queries.invalidateQueries({ refetchType: document.hidden ? 'none' : 'active' });
    }
    await new Promise((go) => setTimeout(go, failures > 2 ? 30_000 : 1000 * (failures + 1)));
  }
  clearTimeout(timer);
}
