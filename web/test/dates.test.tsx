// Date fields show their value as people of the language write it. Every date field of the client is one of these two (structure.test.ts).
import { MantineProvider } from '@mantine/core';
import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { setLocale } from '../src/lib/i18n';
import { DayInput, MomentInput } from '../src/ui/dates';
import { relative } from '../src/lib/format';
import { Ago } from '../src/ui/time';

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
});

async function drawn(what: ReactNode): Promise<HTMLElement> {
  const place = document.createElement('div');
  document.body.append(place);
  await act(async () => createRoot(place).render(<MantineProvider>{what}</MantineProvider>));
  return place;
}

afterEach(() => {
  document.body.replaceChildren();
  setLocale('en-GB');
});

test.each([
  ['en-GB', '28/02/2026', '28/02/2026 14:05'],
  ['en-US', '02/28/2026', '02/28/2026 2:05 PM'],
  ['de-DE', '28.02.2026', '28.02.2026 14:05'],
])('%s', async (language, day, moment) => {
  setLocale(language);
  const one = await drawn(<DayInput label="Day" value="2026-02-28" />);
  expect(one.querySelector('input')?.value).toBe(day);
  const two = await drawn(<MomentInput label="Moment" value={new Date(2026, 1, 28, 14, 5)} />);
  expect(two.querySelector('button[data-dates-input]')?.textContent).toBe(moment);
});

test('what has been is never said to come', async () => {
  const soon = new Date(Date.now() + 14_000);
  expect((await drawn(<Ago at={soon} />)).querySelector('time')?.textContent).toBe(relative(new Date()));
  expect((await drawn(<Ago ahead at={soon} />)).querySelector('time')?.textContent).toContain('14');
});
