import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { barriers, House, quiet } from './house';

// Every screen by the address that leads to it. With HOLDFAST_SCREENS pictures of them are left in that folder.
const screens: Record<string, string> = {
  start: '/', incidents: '/incidents', incident: '/incidents/INC-118', levels: '/incidents/INC-118?tab=levels', report: '/incidents?new', assets: '/assets', asset: '/assets/AST-185', impact: '/assets/AST-185?tab=impact',
  'asset-import': '/assets/import', sites: '/sites', clients: '/clients', sessions: '/sessions', findings: '/findings', finding: '/findings/FND-148', 'new-finding': '/findings?new', templates: '/templates',
  taxonomy: '/taxonomy', users: '/users', invites: '/invites', groups: '/groups', settings: '/settings', 'settings-incidents': '/settings?tab=incidents', audit: '/audit', notifications: '/notifications', profile: '/profile',
};
const folder = process.env.HOLDFAST_SCREENS;

describe('every screen', () => {
  let house: House;
  beforeAll(async () => {
    house = await House.open('SQLite');
  });
  afterAll(async () => {
    await house.close();
    expect(house.complaints).toEqual([]);
  });

  test.each([
    ['light', 1440], ['dark', 1440], ['light', 390], ['dark', 390],
  ] as const)('keeps nobody out, %s at %i', { timeout: 400_000 }, async (colorScheme, width) => {
    const page = await house.signIn('ada', { colorScheme, viewport: { width, height: width < 500 ? 844 : 900 } });
    const found: Record<string, string[]> = {};
    for (const [name, path] of Object.entries(screens)) {
      await page.goto(path);
      await quiet(page);
      const list = await barriers(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (wide > 1) list.push(`the page is ${wide} px wider than the screen`);
      if (list.length) found[name] = list;
      if (folder) {
        mkdirSync(folder, { recursive: true });
        await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`) });
      }
    }
    expect(found).toEqual({});
    await page.context().close();
  });
});
