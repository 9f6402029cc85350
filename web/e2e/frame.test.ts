import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { barriers, databases, House, quiet } from './house';

const dist = join(import.meta.dirname, '..', 'dist');

describe.each(databases)('on %s', (database) => {
  let house: House;
  beforeAll(async () => {
    house = await House.open(database);
  });
  afterAll(async () => {
    await house.close();
    expect(house.complaints).toEqual([]);
  });

  test('the first page loads at most 250 KB of script', async () => {
    const page = await house.page();
    const loaded = new Set<string>();
    page.on('response', (r) => {
      if (r.url().endsWith('.js')) loaded.add(new URL(r.url()).pathname);
    });
    await page.goto('/signin');
    await page.fill('[name=email]', 'ada@harbour.example');
    await page.fill('[name=password]', house.password);
    await page.click('button[type=submit]');
    await page.waitForSelector('.hf-frame');
    await quiet(page);
    let bytes = 0;
    for (const path of loaded) {
      const zipped = join(dist, `${path}.gz`);
      bytes += statSync(readdirSync(join(dist, 'static')).includes(`${path.split('/').pop() ?? ''}.gz`) ? zipped : join(dist, path)).size;
    }
    process.stdout.write(`first load: ${(bytes / 1000).toFixed(1)} KB gzip of script in ${loaded.size} files\n`);
    expect(bytes).toBeLessThanOrEqual(250_000);
    await page.context().close();
  });

  test('a wrong password is told, and a right one leads where one wanted to go', async () => {
    const page = await house.page();
    await page.goto('/sites?q=graz');
    await page.waitForURL(/\/signin\?to=/);
    await page.fill('[name=email]', 'ada@harbour.example');
    await page.fill('[name=password]', 'not the password');
    await page.click('button[type=submit]');
    await page.getByRole('alert').waitFor();
    await page.fill('[name=password]', house.password);
    await page.click('button[type=submit]');
    await page.waitForURL(/\/sites\?q=graz/);
    await page.getByRole('button', { name: 'Graz data centre', exact: true }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.reload();
    await page.getByRole('button', { name: 'Graz data centre', exact: true }).waitFor();
    await page.context().close();
  });

  test('a site is made, changed and deleted; the server names what is wrong beside the field', async () => {
    const page = await house.signIn('ada');
    await page.goto('/sites');
    await page.getByRole('button', { name: 'New site', exact: true }).waitFor();
    await quiet(page);
    await page.keyboard.press('c');
    const form = page.getByRole('dialog', { name: 'New site' });
    await form.getByLabel('Name').fill('Lisbon office');
    await page.keyboard.press('Control+Enter');
    await form.getByText(/taken|exists/i).first().waitFor();
    await form.getByLabel('Name').fill('Hook of Holland');
    await page.reload();
    await form.getByText('What you typed before was kept').waitFor();
    expect(await form.getByLabel('Name').inputValue()).toBe('Hook of Holland');
    await page.keyboard.press('Control+Enter');
    await form.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Hook of Holland', exact: true }).click();
    const panel = page.getByRole('region', { name: 'Details' });
    await panel.getByRole('button', { name: 'Retire', exact: true }).click();
    await panel.getByText('Retired').first().waitFor();
    await panel.getByRole('textbox', { name: 'Comment' }).fill('Closed for **good**');
    await panel.getByRole('button', { name: 'Comment', exact: true }).click();
    await panel.locator('.hf-md strong', { hasText: 'good' }).waitFor();
    await panel.getByRole('tab', { name: 'History' }).click();
    await panel.getByText(/changed Status/).waitFor();
    await panel.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Hook of Holland', exact: true }).waitFor({ state: 'detached' });
    await page.context().close();
  });

  test('two people edit one record: the second sees what changed and chooses', async () => {
    const [one, two] = await Promise.all([house.signIn('ada'), house.signIn('ben')]);
    for (const page of [one, two]) {
      await page.goto('/sites');
      await page.getByRole('button', { name: 'Graz data centre', exact: true }).click();
      await page.getByRole('region', { name: 'Details' }).getByRole('button', { name: 'Edit', exact: true }).click();
    }
    const form = (page: typeof one) => page.getByRole('dialog', { name: 'Edit site' });
    await form(one).getByLabel('Address').fill('Theirs 1');
    await form(two).getByLabel('Address').fill('Mine 2');
    await form(one).getByRole('button', { name: 'Save', exact: true }).click();
    await form(one).waitFor({ state: 'detached' });
    await form(two).getByRole('button', { name: 'Save', exact: true }).click();
    const choice = two.getByRole('dialog', { name: /Somebody else changed/ });
    await choice.getByText('Theirs 1').waitFor();
    await choice.getByText('Mine 2').waitFor();
    await choice.getByRole('button', { name: 'Save the choice' }).click();
    await form(two).waitFor({ state: 'detached' });
    // The first sees it without asking: the feed says so.
    await one.getByText('Mine 2').first().waitFor();
    await Promise.all([one.context().close(), two.context().close()]);
  });

  test('tabs renew once, and work goes on when the token has ended', async () => {
    const page = await house.signIn('ada');
    const other = await page.context().newPage();
    await Promise.all([page.goto('/sites'), other.goto('/sites')]);
    await Promise.all([quiet(page), quiet(other)]);
    let renewals = 0;
    const count = (r: { url(): string }) => {
      if (r.url().endsWith('/auth/refresh')) renewals++;
    };
    page.on('request', count);
    other.on('request', count);
    // The server refuses the token once in each tab, at the same time.
    for (const tab of [page, other]) {
      let refused = false;
      await tab.route('**/holdfast.sites.v1.SiteService/ListSites', async (route) => {
        if (refused) return await route.continue();
        refused = true;
        return await route.fulfill({ status: 401, contentType: 'application/json', body: '{"code":"unauthenticated","message":"ended"}' });
      });
    }
    await Promise.all([page.fill('[type=search]', 'plant'), other.fill('[type=search]', 'plant')]);
    for (const tab of [page, other]) await tab.getByText('1–1 of 1').waitFor();
    expect(renewals).toBe(1);
    await page.context().close();
  });

  test('when the session is over, signing in again loses nothing that was typed', async () => {
    const page = await house.signIn('ben');
    await page.goto('/sites?new');
    const form = page.getByRole('dialog', { name: 'New site' });
    await form.getByLabel('Name').fill('Typed before the end');
    await page.context().clearCookies();
    let refused = false;
    await page.route('**/*SiteService/CreateSite', async (route) => {
      if (refused) return await route.continue();
      refused = true;
      return await route.fulfill({ status: 401, contentType: 'application/json', body: '{"code":"unauthenticated","message":"ended"}' });
    });
    await page.keyboard.press('Control+Enter');
    const again = page.getByRole('dialog', { name: 'Sign in to go on' });
    await again.getByLabel('Password').fill(house.password);
    await again.getByRole('button', { name: 'Sign in', exact: true }).click();
    await again.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Typed before the end', exact: true }).waitFor();
    await page.context().close();
  });

  test('a dead server is told, and work goes on when it is back', async () => {
    const page = await house.signIn('ada');
    await page.goto('/sites');
    await quiet(page);
    await house.stop();
    await page.fill('[type=search]', 'graz');
    await page.getByText('The server does not answer').first().waitFor();
    await house.start();
    await page.getByRole('button', { name: 'Graz data centre', exact: true }).waitFor({ timeout: 30_000 });
    await page.getByText('The server does not answer').first().waitFor({ state: 'detached', timeout: 30_000 });
    await page.context().close();
  });

  test('the palette finds records, places and commands by keyboard', async () => {
    const page = await house.signIn('ada');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('textbox').waitFor();
    await page.keyboard.type('maasv');
    await page.getByRole('option', { name: /Maasvlakte plant/ }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sites\/[0-9a-f-]{36}/);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.context().close();
  });

  test.each(['light', 'dark'] as const)('nothing keeps people out, %s', async (colorScheme) => {
    const out = await house.page({ colorScheme });
    for (const path of ['/signin', '/register', '/reset']) {
      await out.goto(path);
      await out.locator('button[type=submit]').waitFor();
      expect(await barriers(out), path).toEqual([]);
    }
    await out.context().close();
    const page = await house.signIn('ada', { colorScheme });
    for (const path of ['/', '/sites', '/sites?new', '/notifications', '/profile', '/nowhere']) {
      await page.goto(path);
      await quiet(page);
      expect(await barriers(page), path).toEqual([]);
    }
    await page.goto('/sites');
    await page.getByRole('button', { name: 'Graz data centre', exact: true }).click();
    await quiet(page);
    expect(await barriers(page), 'a record in the panel').toEqual([]);
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('option').first().waitFor();
    expect(await barriers(page), 'the palette').toEqual([]);
    await page.context().close();
  });

  test.each([360, 390])('nothing is wider than %i pixels', async (width) => {
    const page = await house.signIn('ada', { viewport: { width, height: 800 } });
    for (const path of ['/', '/sites', '/notifications', '/profile']) {
      await page.goto(path);
      await quiet(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(width);
    }
    await page.context().close();
  });
});
