// What others change is seen at once: the feed says which record changed, and the answers about it are asked anew.
import { createClient, Code, ConnectError } from '@connectrpc/connect';
import { useTransport } from '@connectrpc/connect-query';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import type { DescService } from '@bufbuild/protobuf';
import { useEffect } from 'react';
import { FeedService, type Event } from '../gen/holdfast/feed/v1/feed_pb';
import { outdate } from './act';
import { silent, subscribe } from './online';

/** Mapping answers the services whose answers an event of a kind makes old. */
export type Mapping = (kind: string) => DescService[];

const heard = new Set<(event: Event) => void>();

/** onEvent calls back at every event of the feed. */
export function onEvent(hear: (event: Event) => void): () => void {
  heard.add(hear);
  return () => heard.delete(hear);
}

/** A stream says something every 15 seconds; one that is silent for so many milliseconds is lost. */
const silence = 40_000;
/** How long what is on the screen stays as it is without a stream, in milliseconds. */
const between = 30_000;

let late = false;
const listeners = new Set<() => void>();

function note(now: boolean) {
  if (now === late) return;
  late = now;
  for (const tell of listeners) tell();
}

/** lagging tells whether no stream gets through, so that changes of others are seen late. */
export const lagging = (): boolean => late;

/** subscribeLagging calls back when that changes. */
export function subscribeLagging(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
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
    const attempt = new AbortController();
    const end = () => attempt.abort();
    signal.addEventListener('abort', end);
    let dog = setTimeout(end, silence);
    try {
      for await (const event of feed.watch({ resumeToken: token }, { signal: attempt.signal, timeoutMs: 0 })) {
        clearTimeout(dog);
        dog = setTimeout(end, silence);
        note(false);
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
      note(failures > 2);
      if (code !== Code.Unavailable || failures > 2) void queries.invalidateQueries({ refetchType: document.hidden ? 'none' : 'active' });
    } finally {
      clearTimeout(dog);
      signal.removeEventListener('abort', end);
    }
    await pause(failures > 2 ? between : 1000 * (failures + 1));
  }
  clearTimeout(timer);
}

/** pause waits so many milliseconds, or until the server answers again. */
function pause(most: number): Promise<void> {
  return new Promise((go) => {
    const over = () => {
      clearTimeout(timer);
      unhear();
      go();
    };
    const timer = setTimeout(over, most);
    const unhear = subscribe(() => {
      if (!silent()) over();
    });
  });
}
