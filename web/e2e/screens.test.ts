import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { barriers, type House, housed, picture, quiet, visit } from './house.ts';

// Every screen by the address that leads to it. With HOLDFAST_SCREENS pictures of them are left in that folder.
const outside: Record<string, string> = { signin: '/signin', register: '/register', reset: '/reset', 'reset-link': '/reset/some-token', invite: '/invite/some-token', 'sso-failed': '/signin?error=access_denied' };
const screens: Record<string, string> = {
  start: '/', incidents: '/incidents', incident: '/incidents/INC-118', levels: '/incidents/INC-118?tab=levels', report: '/incidents?new', assets: '/assets', asset: '/assets/AST-185', impact: '/assets/AST-185?tab=impact',
  'asset-import': '/assets/import', sites: '/sites', clients: '/clients', sessions: '/sessions', findings: '/findings', finding: '/findings/FND-148', 'new-finding': '/findings?new', templates: '/templates',
  taxonomy: '/taxonomy', users: '/users', invites: '/invites', groups: '/groups', settings: '/settings', 'settings-incidents': '/settings?tab=incidents', audit: '/audit', notifications: '/notifications', profile: '/profile',
};

// What is opened on a screen: panels, drawers, dialogs, menus, wizards, and what is said when something is missing.
const button = async (page: Page, name: string) => await page.getByRole('button', { name, exact: true }).click();
const menu = async (page: Page, name: string) => {
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name, exact: true }).click();
};
type Opening = [path: string, open?: (page: Page, house: House) => Promise<unknown>];
const opened: Record<string, Opening> = {
  'incident-panel': ['/incidents?show=INC-118'],
  'incident-edit': ['/incidents/INC-118?edit'],
  'incident-links': ['/incidents/INC-118?tab=links'],
  'incident-files': ['/incidents/INC-118?tab=files'],
  'incident-history': ['/incidents/INC-118?tab=history'],
  'incident-field': ['/incidents/INC-118', async (page) => await page.getByRole('button', { name: /^Edit Severity/ }).click()],
  'incident-menu': ['/incidents/INC-118', async (page) => await page.getByRole('button', { name: 'More actions' }).click()],
  'asset-new': ['/assets?new'],
  'asset-panel': ['/assets?show=AST-185'],
  'asset-comments': ['/assets/AST-185?tab=comments'],
  'asset-relation': ['/assets/AST-185?tab=relations', async (page) => await button(page, 'Add a relation')],
  'asset-dry-run': [
    '/assets/import',
    async (page, house) => {
      const file = join(house.folder, 'wrong.csv');
      writeFileSync(file, 'name,asset_type,criticality,serial,ip_address\nplc-99,plc,high,S-98,10.1.0.1\nhmi-99,hmi,medium,S-99,not an address\n');
      await page.setInputFiles('input[type=file]', file);
      await page.getByText('ip_address').first().waitFor();
    },
  ],
  'site-new': ['/sites?new'],
  'site-delete': ['/sites?show=first', async (page) => await menu(page, 'Delete')],
  'client-new': ['/clients?new'],
  'session-panel': ['/sessions?show=first'],
  'session-new': ['/sessions?new'],
  'session-reports': ['/sessions/first?tab=reports'],
  'session-import': ['/sessions/first/import'],
  'report-preview': [
    '/sessions/first?tab=reports',
    async (page) => {
      await button(page, 'Preview');
      await page.getByRole('dialog').locator('iframe').waitFor();
    },
  ],
  'finding-edit': ['/findings/FND-148?edit'],
  'finding-calculator': ['/findings/FND-148?edit', async (page) => await button(page, 'Calculate')],
  'finding-retest': ['/findings/FND-148', async (page) => await button(page, 'Re-test')],
  'finding-accept': ['/findings/FND-148', async (page) => await menu(page, 'Accept the risk')],
  'template-panel': ['/templates?show=first'],
  'user-panel': ['/users?show=first'],
  'user-new': ['/users?new'],
  'group-panel': ['/groups?show=first'],
  'group-new': ['/groups?new'],
  'invite-new': ['/invites?new'],
  'profile-security': ['/profile?tab=security', async (page) => await button(page, 'Set up')],
  'profile-sessions': ['/profile?tab=sessions'],
  'profile-tokens': ['/profile?tab=tokens'],
  'profile-events': ['/profile?tab=events'],
  'audit-search': ['/audit?q=nothing-is-called-this'],
  arranging: ['/', async (page) => await button(page, 'Arrange')],
  palette: [
    '/',
    async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('textbox').fill('plant');
      await page.getByRole('option', { name: /Maasvlakte plant/ }).first().waitFor();
    },
  ],
  keys: ['/', async (page) => await page.keyboard.press('?')],
  'new-menu': ['/', async (page) => await button(page, 'New')],
  'profile-menu': ['/', async (page) => await button(page, 'Profile')],
  filter: [
    '/incidents?status=new&status=in_progress',
    async (page) => await page.getByRole('button', { name: /^Status ?:/ }).click(),
  ],
  'filter-menu': ['/incidents', async (page) => await button(page, 'Add a filter')],
  columns: ['/incidents', async (page) => await button(page, 'List options')],
  'save-view': ['/incidents?open=true', async (page) => await button(page, 'Save as view')],
  bulk: ['/incidents', async (page) => await page.getByRole('checkbox', { name: 'Select all on this page' }).check()],
  empty: ['/incidents?q=nothing-is-called-this'],
  missing: ['/incidents/INC-99999'],
  nowhere: ['/nowhere'],
  failing: [
    '/sites',
    async (page) => {
      await page.route('**/*SiteService/ListSites', (r) => r.fulfill({ status: 500, contentType: 'application/json', headers: { 'X-Request-Id': 'abc-123' }, body: '{"code":"internal","message":"broken"}' }));
      await page.reload();
      await page.getByRole('alert').first().waitFor();
    },
  ],
};

/** findFirst puts a record's id where an address says "first". */
async function findFirst(path: string, house: House): Promise<string> {
  if (!path.includes('first')) return path;
  const api = await house.as('ada');
  const word = path.split(/[/?]/)[1] ?? '';
  const { items } = (await (await api.get(`/api/v1/${word}?per_page=1`)).json()) as { items: { id: string }[] };
  await api.dispose();
  return path.replace('first', items[0]?.id ?? '');
}

/** look asks axe in both themes at the widths given, and leaves pictures. */
async function look(page: Page, name: string, widths: readonly number[], found: Record<string, string[]>) {
  for (const width of widths) {
    await page.setViewportSize({ width, height: width < 500 ? 844 : 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await quiet(page);
      const list = await barriers(page);
      if (list.length) found[`${name} ${colorScheme} ${width}`] = list;
      await picture(page, `${name}-${colorScheme}-${width}`);
    }
  }
}

describe('every screen', () => {
  let house: House;
  housed('SQLite', (h) => {
    house = h;
  });

  test('before signing in keeps nobody out', async () => {
    const page = await house.page();
    const found: Record<string, string[]> = {};
    for (const [name, path] of Object.entries(outside)) {
      await page.goto(path);
      await look(page, name, [1440, 390], found);
    }
    expect(found).toEqual({});
  });

  test('keeps nobody out, light and dark, wide and narrow', { timeout: 900_000 }, async () => {
    const page = await house.signIn('ada');
    const found: Record<string, string[]> = {};
    for (const [name, path] of Object.entries(screens)) {
      await page.setViewportSize({ width: 1440, height: 900 });
      await visit(page, path);
      await look(page, name, [1440, 390], found);
      await page.setViewportSize({ width: 360, height: 800 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > 360) found[`${name} 360`] = [`the page is ${wide} px wide`];
    }
    expect(found).toEqual({});
  });

  test('keeps nobody out where something is opened', { timeout: 900_000 }, async () => {
    const page = await house.signIn('ada');
    const found: Record<string, string[]> = {};
    let clean = true;
    for (const [name, [path, open]] of Object.entries(opened)) {
      await page.setViewportSize({ width: 1440, height: 900 });
      const to = await findFirst(path, house);
      // What was opened goes by loading the page anew.
      await (clean ? visit(page, to) : page.goto(to));
      clean = !open;
      await quiet(page);
      await open?.(page, house);
      await look(page, name, [1440], found);
      await page.setViewportSize({ width: 390, height: 844 });
      await picture(page, `${name}-dark-390`);
      await page.unrouteAll();
    }
    expect(found).toEqual({});
  });
});
