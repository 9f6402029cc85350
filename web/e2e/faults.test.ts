import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { databases, type House, housed, quiet } from './house.ts';

/** refuseOnce lets one call of a method find its token ended. */
async function refuseOnce(page: Page, method: string) {
  let refused = false;
  await page.route(`**/*${method}`, async (route) => {
    if (refused) return await route.continue();
    refused = true;
    return await route.fulfill({ status: 401, contentType: 'application/json', body: '{"code":"unauthenticated","message":"ended"}' });
  });
}

describe.each(databases)('what goes wrong on %s', (database) => {
  let house: House;
  housed(database, (h) => {
    house = h;
  });

  test('tabs renew once, and work goes on when the token has ended', async () => {
    const page = await house.signIn('ada', '/sites');
    const other = await page.context().newPage();
    await other.goto('/sites');
    for (const tab of [page, other]) await tab.getByText('1–3 of 3', { exact: true }).waitFor();
    await quiet(page);
    let renewals = 0;
    page.context().on('request', (r) => {
      if (r.url().endsWith('/auth/refresh')) renewals++;
    });
    // The server refuses the token once in each tab, at the same time.
    for (const tab of [page, other]) await refuseOnce(tab, 'SiteService/ListSites');
    await Promise.all([page.fill('[type=search]', 'plant'), other.fill('[type=search]', 'plant')]);
    for (const tab of [page, other]) await tab.getByText('1–1 of 1', { exact: true }).waitFor();
    expect(renewals).toBe(1);
  });

  test('when the session is over, signing in again loses nothing that was typed', async () => {
    const page = await house.signIn('ben', '/sites?new');
    const form = page.getByRole('dialog', { name: 'New site', exact: true });
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Typed before the end');
    await page.context().clearCookies();
    await refuseOnce(page, 'SiteService/CreateSite');
    await page.keyboard.press('Control+Enter');
    const again = page.getByRole('dialog', { name: 'Sign in to go on', exact: true });
    await again.getByRole('textbox', { name: 'Password', exact: true }).fill(house.password);
    await again.getByRole('button', { name: 'Sign in', exact: true }).click();
    await again.waitFor({ state: 'detached' });
    await form.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Typed before the end', exact: true }).waitFor();
  });

  test('a dead server is told; what was typed is there when it is back, and is stored then', async () => {
    const page = await house.signIn('ada', '/sites');
    await quiet(page);
    await page.keyboard.press('c');
    const form = page.getByRole('dialog', { name: 'New site', exact: true });
    const name = form.getByRole('textbox', { name: 'Name', exact: true });
    await name.fill('Typed before the fall');
    await house.stop();
    await page.keyboard.press('Control+Enter');
    const banner = page.getByRole('status').filter({ hasText: 'The server does not answer' });
    await banner.waitFor();
    await form.getByRole('alert').waitFor();
    expect(await name.inputValue()).toBe('Typed before the fall');
    await house.start();
    await page.getByRole('button', { name: 'Try now', exact: true }).click({ timeout: 2000 }).catch(() => undefined); // unless it found the server first
    await banner.waitFor({ state: 'hidden' });
    await page.keyboard.press('Control+Enter');
    await form.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Typed before the fall', exact: true }).waitFor();
  });
});

describe('what goes wrong', () => {
  let house: House;
  housed('SQLite', (h) => {
    house = h;
  });

  test('without the stream of changes the page asks by itself, and the stream is found again', { timeout: 180_000 }, async () => {
    const page = await house.signIn('femi', '/sites');
    await quiet(page);
    let streams = 0;
    let away = true;
    await page.route('**/*FeedService/Watch', async (route) => {
      streams++;
      return away ? await route.abort('connectionreset') : await route.continue();
    });
    await page.reload();
    await page.getByText('1–3 of 3', { exact: true }).waitFor();
    await expect.poll(() => streams, { timeout: 60_000 }).toBeGreaterThan(2);
    const other = await house.as('ada');
    const change = async (name: string, status: number) => expect((await other.post('/api/v1/sites', { data: { name } })).status()).toBe(status);
    await change('Seen without a stream', 201);
    await page.getByRole('button', { name: 'Seen without a stream', exact: true }).waitFor({ timeout: 60_000 });
    away = false;
    const before = streams;
    await expect.poll(() => streams, { timeout: 60_000 }).toBeGreaterThan(before);
    await page.unrouteAll();
    await change('Seen by the stream', 201);
    await page.getByRole('button', { name: 'Seen by the stream', exact: true }).waitFor({ timeout: 20_000 });
    await other.dispose();
  });

  test('a refusal, a failure and a missing record each say what to do', async () => {
    const page = await house.signIn('ada', '/incidents/INC-99999');
    await page.getByRole('alert').waitFor();
    await page.goto('/sites');
    await quiet(page);
    let broken = true;
    await page.route('**/*SiteService/ListSites', async (route) =>
      broken ? await route.fulfill({ status: 500, contentType: 'application/json', headers: { 'X-Request-Id': 'abc-123' }, body: '{"code":"internal","message":"x"}' }) : await route.continue(),
    );
    await page.reload();
    const said = page.getByRole('alert').filter({ hasText: 'abc-123' });
    await said.waitFor();
    broken = false;
    await said.getByRole('button', { name: 'Try again', exact: true }).click();
    await page.getByRole('button', { name: 'Graz data centre', exact: true }).waitFor();
    await said.waitFor({ state: 'detached' });
  });

  test('an answer that takes long is told, and can be asked for again; what was typed is kept', async () => {
    const page = await house.signIn('ada', '/notifications');
    await quiet(page);
    let asked = 0;
    await page.route('**/*SiteService/ListSites', async (route) => {
      asked++;
      if (asked > 1) await route.continue(); // the first one never gets its answer
    });
    await page.evaluate(() => history.pushState(null, '', '/sites'));
    const slow = page.getByRole('status').filter({ hasText: 'The answer takes longer than usual.' });
    await slow.waitFor();
    await slow.getByRole('button', { name: 'Ask again', exact: true }).click();
    await page.getByRole('button', { name: 'Graz data centre', exact: true }).waitFor();
    await slow.waitFor({ state: 'detached' });

    let go = () => {};
    const held = new Promise<void>((done) => (go = done));
    await page.route('**/*SiteService/CreateSite', async (route) => {
      await held;
      await route.continue();
    });
    await page.keyboard.press('c');
    const form = page.getByRole('dialog', { name: 'New site', exact: true });
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Stored at last');
    await page.keyboard.press('Control+Enter');
    await form.getByRole('status').getByText('It takes longer than usual to store this.').waitFor();
    expect(await form.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('Stored at last');
    go();
    await form.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Stored at last', exact: true }).waitFor();
  });
});
