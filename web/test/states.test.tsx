// What the client says when answers are slow, old or refused, and when the feed is lost.
import { create } from '@bufbuild/protobuf';
import { Code, ConnectError, createRouterTransport } from '@connectrpc/connect';
import { TransportProvider } from '@connectrpc/connect-query';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { File } from 'lucide-react';
import { act, useState, type ReactNode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { EventSchema, FeedService } from '../src/gen/holdfast/feed/v1/feed_pb';
import { SiteSchema, SiteService } from '../src/gen/holdfast/sites/v1/sites_pb';
import { useAct } from '../src/lib/act';
import { readDraft } from '../src/lib/drafts';
import { lagging, useLive } from '../src/lib/live';
import { useDraft } from '../src/ui/draft';
import { Importer } from '../src/ui/importer';
import { Loaded } from '../src/ui/loaded';
import { LiveMark } from '../src/ui/livemark';

vi.setConfig({ testTimeout: 60_000 });

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

test('a file is tried first, row by row, and stored as its plan says; a changed plan is tried again', async () => {
  const sent: string[] = [];
  let changed = true;
  class Call extends EventTarget {
    upload = new EventTarget();
    status = 200;
    statusText = '';
    responseText = '';
    url = '';
    open(_: string, url: string) {
      this.url = url;
    }
    setRequestHeader() {}
    getResponseHeader() {
      return null;
    }
    send() {
      sent.push(this.url);
      const stale = this.url.endsWith('plan=p1') && changed;
      if (stale) {
        changed = false;
        this.status = 409;
        this.responseText = JSON.stringify({ reason: 'plan_changed', error: 'changed' });
      } else this.responseText = JSON.stringify({ summary: { create: 1, error: 1 }, rows: [{ row: 1, action: 'create' }, { row: 2, action: 'error' }], plan: 'p1' });
      this.dispatchEvent(new Event('load'));
    }
  }
  vi.stubGlobal('XMLHttpRequest', Call);
  const stored = vi.fn();
  const fate = (action: string) => ({ action, label: action, tone: 'neutral' as const, icon: File, columns: [{ label: 'what', cell: (r: { row: number }) => `row ${r.row}` }] });
  const router = createRouter({
    routeTree: createRootRoute({
      component: () => (
        <Importer
          title="Import" text="" accept=".csv" hint="drop" how={{ label: 'how', first: 'a', options: [{ value: 'a', label: 'A' }] }} path={(how, dry, plan) => `/x?how=${how}&dry=${dry}&plan=${plan ?? ''}`}
          fates={[fate('error'), fate('create'), fate('skip')]} row="Row" apply={(n) => `store ${n}`} stores={['create']} next={{ to: '/', label: 'on' }} onStored={stored}
        />
      ),
    }),
    history: createMemoryHistory(),
  });
  await draw(<RouterProvider router={router} />);
  await later(50);
  const input = place.querySelector('input[type=file]');
  Object.defineProperty(input, 'files', { value: [new globalThis.File(['x'], 'list.csv')] });
  await act(async () => input?.dispatchEvent(new Event('change', { bubbles: true })));
  await later(50);
  // What is wrong comes first, and kinds without a row are left out.
  expect([...place.querySelectorAll('[role=tab]')].map((x) => x.textContent)).toEqual(['error 1', 'create 1']);
  expect(text()).toContain('row 2');
  await press('store 1');
  await later(50);
  expect(text()).toContain('Something changed meanwhile');
  expect(stored).not.toHaveBeenCalled();
  await press('store 1');
  await later(50);
  expect(stored).toHaveBeenCalledOnce();
  expect(sent).toEqual(['/x?how=a&dry=true&plan=', '/x?how=a&dry=false&plan=p1', '/x?how=a&dry=true&plan=', '/x?how=a&dry=false&plan=p1']);
});
