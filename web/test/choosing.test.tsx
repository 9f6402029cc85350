// Choosing a record: Enter takes the first suggestion, and a form is never sent while a list is open or a typed text is no record yet.
import { createRouterTransport } from '@connectrpc/connect';
import { TransportProvider } from '@connectrpc/connect-query';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, useState } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MeService } from '../src/gen/holdfast/me/v1/me_pb';
import { SiteService } from '../src/gen/holdfast/sites/v1/sites_pb';
import { RecordSelect } from '../src/ui/recordselect';
import { RecordsSelect } from '../src/ui/recordsselect';

vi.setConfig({ testTimeout: 60_000 });

let root: Root;
let place: HTMLElement;
const sent = vi.fn();

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  sent.mockClear();
  place = document.body.appendChild(document.createElement('div'));
  root = createRoot(place);
});
afterEach(async () => {
  await act(async () => root.unmount());
  place.remove();
  vi.useRealTimers();
});

const transport = createRouterTransport(({ service }) => {
  service(MeService, { getMe: () => ({ permissions: ['*'] }) });
  service(SiteService, {
    listSites: (request) => ({ items: [{ id: '1', name: 'Harbour' }, { id: '2', name: 'Hook of Holland' }].filter((s) => s.name.toLowerCase().includes((request.q ?? '').toLowerCase())) }),
    getSite: (request) => ({ id: request.id, name: request.id === '1' ? 'Harbour' : 'Hook of Holland' }),
  });
});

function One() {
  const [value, setValue] = useState('');
  return <RecordSelect label="Site" records={SiteService.method.listSites} value={value} onChange={setValue} />;
}

function Many() {
  const [value, setValue] = useState<string[]>([]);
  return (
    <>
      <RecordsSelect label="Site" records={SiteService.method.listSites} value={value} onChange={setValue} />
      <output>{value.join(' ')}</output>
    </>
  );
}

async function drawn(what: React.ReactNode): Promise<HTMLInputElement> {
  await act(async () => {
    root.render(
      <TransportProvider transport={transport}>
        <QueryClientProvider client={new QueryClient()}>
          <MantineProvider>
            <form
              onSubmit={(e) => {
                e.preventDefault();
                sent();
              }}
            >
              {what}
            </form>
          </MantineProvider>
        </QueryClientProvider>
      </TransportProvider>,
    );
  });
  const input = place.querySelector<HTMLInputElement>('input:not([type=hidden])');
  if (!input) throw new Error('no field');
  return input;
}

async function type(input: HTMLInputElement, text: string) {
  await act(async () => {
    input.focus();
    input.click();
  });
  await act(async () => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, text);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

/** enter presses Enter as a browser does: where nobody prevents it, the form is sent. */
async function enter(input: HTMLInputElement) {
  await act(async () => {
    const key = new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true, cancelable: true });
    if (input.dispatchEvent(key)) input.form?.requestSubmit();
  });
}

/** answered lets the pause after typing pass, and the answers come. */
async function answered() {
  for (let i = 0; i < 30; i++) {
    await act(async () => {
      await vi.advanceTimersByTimeAsync(50);
      await new Promise((go) => setImmediate(go));
    });
  }
}

const highlighted = () => document.querySelector('[data-combobox-selected]')?.textContent;

test('the first suggestion is highlighted, and Enter takes it', async () => {
  const input = await drawn(<One />);
  await type(input, 'hook');
  await enter(input); // the answer is not there yet
  expect(sent).not.toHaveBeenCalled();
  await answered();
  expect(highlighted()).toBe('Hook of Holland');
  await enter(input);
  expect(input.value).toBe('Hook of Holland');
  expect(sent).not.toHaveBeenCalled();
  await answered();
  await enter(input); // resolved and closed: the form's own again
  expect(sent).toHaveBeenCalledTimes(1);
});

test('what is no record keeps the form from being sent', async () => {
  const input = await drawn(<One />);
  await type(input, 'nowhere');
  await answered();
  expect(document.body.textContent).toContain('Nothing found');
  await enter(input);
  expect(sent).not.toHaveBeenCalled();
});

test('focus stays in the field that takes several', async () => {
  const input = await drawn(<Many />);
  await type(input, 'har');
  await answered();
  expect(highlighted()).toBe('Harbour');
  await enter(input);
  expect(place.querySelector('output')?.textContent).toBe('1');
  expect(document.activeElement).toBe(place.querySelector('input:not([type=hidden])'));
  expect(input.value).toBe('');
});
