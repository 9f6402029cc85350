// What the client says when answers are slow, old or refused, and when the feed is lost.
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createRouterTransport } from '@connectrpc/connect';
import { TransportProvider } from '@connectrpc/connect-query';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, useState, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EventSchema, FeedService } from '../src/gen/holdfast/feed/v1/feed_pb';
import { SiteSchema, SiteService } from '../src/gen/holdfast/sites/v1/sites_pb';
import { useAct } from '../src/lib/act';
import { readDraft } from '../src/lib/drafts';
import { lagging, useLive } from '../src/lib/live';
import { useDraft } from '../src/ui/draft';
import { Loaded } from '../src/ui/loaded';
import { LiveMark } from '../src/ui/livemark';

let root: Root;
let place: HTMLElement;

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  localStorage.clear();
  place = document.body.appendChild(document.createElement('div'));
  root = createRoot(place);
});
afterEach(async () => {
  await act(async () => root.unmount());
  place.remove();
  vi.useRealTimers();
});

const draw = (what: ReactNode) =>
  act(async () =>
    root.render(
      <MantineProvider>
        <main>{what}</main>
      </MantineProvider>,
    ),
  );
const later = (milliseconds: number) => act(async () => await vi.advanceTimersByTimeAsync(milliseconds));
const text = () => place.querySelector('main')?.textContent ?? '';
const press = (name: string) => act(async () => [...place.querySelectorAll('button')].find((b) => b.textContent === name)?.click());

test('a slow answer is told after four seconds, and can be asked for anew', async () => {
  const refetch = vi.fn();
  await draw(<Loaded query={{ data: undefined, error: null, isFetching: true, refetch }} height={80}>{(d: string) => d}</Loaded>);
  await later(3900);
  expect(text()).toBe('');
  await later(200);
  expect(text()).toContain('The answer takes longer than usual.');
  await press('Ask again');
  expect(refetch).toHaveBeenCalledOnce();
  await draw(<Loaded query={{ data: 'there', error: null, isFetching: false, refetch }} height={80}>{(d: string) => d}</Loaded>);
  expect(text()).toBe('there');
});

test('what is shown stays when it cannot be brought up to date, and says why', async () => {
  const gone = new ConnectError('gone', Code.NotFound, { 'x-request-id': 'r-1' });
  await draw(<Loaded query={{ data: 'old', error: gone, isFetching: false, refetch: () => undefined }}>{(d: string) => d}</Loaded>);
  expect(text()).toContain('It does not exist any more');
  expect(text()).toContain('r-1');
  expect(text()).toContain('old');
  const away = new ConnectError('no answer', Code.Unavailable);
  await draw(<Loaded query={{ data: 'old', error: away, isFetching: false, refetch: () => undefined }}>{(d: string) => d}</Loaded>);
  expect(text()).toBe('old');
});

test('words outlive the field that they were typed into, until they are stored', async () => {
  let type: (v: string) => void = () => undefined;
  let stored = () => {};
  function Field() {
    const [value, setValue, done] = useDraft('note', 'first');
    type = setValue;
    stored = done;
    return value;
  }
  await draw(<Field />);
  expect([text(), readDraft('note')]).toEqual(['first', undefined]);
  await act(async () => type('typed'));
  await draw(null);
  await draw(<Field />);
  expect([text(), readDraft('note')]).toEqual(['typed', 'typed']);
  await act(async () => stored());
  expect([text(), readDraft('note')]).toEqual(['first', undefined]);
});

test('after somebody else was first, the record is asked for anew', async () => {
  const transport = createRouterTransport(({ service }) =>
    service(SiteService, {
      updateSite: () => {
        throw new ConnectError('changed meanwhile', Code.Aborted);
      },
      getSite: () => create(SiteSchema),
    }),
  );
  const queries = new QueryClient();
  const asked = vi.spyOn(queries, 'invalidateQueries');
  function Page() {
    const save = useAct(SiteService.method.updateSite);
    return <button onClick={() => save.mutate({})}>{save.isError ? 'refused' : 'save'}</button>;
  }
  await draw(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>
        <Page />
      </QueryClientProvider>
    </TransportProvider>,
  );
  await press('save');
  await later(50);
  expect(text()).toBe('refused');
  expect(asked).toHaveBeenCalledOnce();
});

test('a lost feed is told, what is shown is asked anew meanwhile, and it goes on where it stood', async () => {
  let up = true;
  const from: string[] = [];
  let n = 0;
  const transport = createRouterTransport(({ service }) =>
    service(FeedService, {
      async *watch({ resumeToken }, { signal }) {
        from.push(resumeToken);
        if (!up) throw new ConnectError('closed', Code.Internal);
        yield create(EventSchema, { token: `t${++n}` });
        await new Promise((go) => signal.addEventListener('abort', go));
      },
    }),
  );
  const queries = new QueryClient();
  const asked = vi.spyOn(queries, 'invalidateQueries');
  const none = () => [];
  function Page() {
    useLive(none);
    const [open] = useState(true);
    return open && <LiveMark />;
  }
  await draw(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>
        <Page />
      </QueryClientProvider>
    </TransportProvider>,
  );
  await later(1000);
  expect([lagging(), from]).toEqual([false, ['']]);
  up = false;
  // The stream is silent: it is given up after 40 s, and tried again.
  await later(60_000);
  expect(lagging()).toBe(true);
  expect(text()).toContain('up to half a minute late');
  const before = asked.mock.calls.length;
  await later(31_000);
  expect(asked.mock.calls.length).toBeGreaterThan(before);
  up = true;
  await later(31_000);
  expect([lagging(), text(), from.at(-1)]).toEqual([false, '', 't1']);
});
