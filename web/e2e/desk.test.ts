import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { type House, housed, quiet } from './house.ts';

/** heads are the columns that a list shows, in their order. */
const heads = async (page: Page): Promise<string[]> => await page.locator('thead th').evaluateAll((all) => all.map((th) => th.textContent ?? '').filter(Boolean));

/** seen waits until a list of texts is what is expected. */
const seen = (read: () => Promise<string[]>) => expect.poll(read, { timeout: 60_000 });

/** rows are the names of a list's rows. */
const rows = (page: Page): Locator => page.locator('tbody tr [data-open]');

describe('the desk', () => {
  let house: House;
  housed('SQLite', (h) => {
    house = h;
  });

  test('what is selected is done at once, and what failed stays selected by name', async () => {
    const page = await house.signIn('ada', '/incidents?assigned=false&open=true');
    await quiet(page);
    const names = await rows(page).evaluateAll((all) => all.map((b) => b.getAttribute('aria-label') ?? ''));
    expect(names.length).toBeGreaterThan(2);
    const [first = '', second = ''] = names;
    await page.getByRole('checkbox', { name: `Select ${first}`, exact: true }).check();
    await page.getByRole('checkbox', { name: `Select ${second}`, exact: true }).check();
    const bar = page.getByRole('region', { name: '2 selected', exact: true });
    // Somebody else changed the second meanwhile, in a way that this page has not heard of.
    let refused = 0;
    await page.route('**/*IncidentService/UpdateIncident', async (route) => {
      refused++;
      if (refused !== 2) return await route.continue();
      return await route.fulfill({ status: 400, contentType: 'application/json', headers: { 'X-Request-Id': 'abc-1' }, body: '{"code":"invalid_argument","message":"It is not free."}' });
    });
    await bar.getByRole('button', { name: 'Assign to me', exact: true }).click();
    await page.getByRole('region', { name: '1 selected', exact: true }).waitFor();
    await page.getByRole('alert').filter({ hasText: second }).waitFor();
    await page.getByRole('button', { name: first, exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('region', { name: '1 selected', exact: true }).getByRole('button', { name: 'Assign to me', exact: true }).click();
    await page.getByRole('button', { name: second, exact: true }).waitFor({ state: 'detached' });
    // Deleting asks before.
    await page.goto('/incidents?q=fan');
    await quiet(page);
    await page.getByRole('checkbox', { name: 'Select all on this page', exact: true }).check();
    await page.getByRole('region', { name: /selected$/ }).getByRole('button', { name: 'Delete', exact: true }).click();
    const ask = page.getByRole('dialog', { name: 'Delete', exact: true });
    await ask.getByRole('button', { name: 'Cancel', exact: true }).click();
    await ask.waitFor({ state: 'detached' });
    await page.getByRole('region', { name: /selected$/ }).getByRole('button', { name: 'Delete', exact: true }).click();
    await ask.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByText('Nothing matches', { exact: true }).waitFor();
  });

  test('a view keeps filters, order and columns, for oneself or for all', async () => {
    const page = await house.signIn('ada', '/incidents');
    await page.getByRole('button', { name: 'Add a filter', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Status', exact: true }).click();
    await page.getByRole('checkbox', { name: 'On hold', exact: true }).click();
    await page.keyboard.press('Escape');
    await page.waitForURL(/status=on_hold/);
    await page.getByRole('button', { name: 'List options', exact: true }).click();
    await page.getByRole('checkbox', { name: 'Severity', exact: true }).click();
    await seen(() => heads(page)).toContain('Severity');
    await page.getByRole('checkbox', { name: 'Site', exact: true }).click();
    await seen(() => heads(page)).not.toContain('Site');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Priority', exact: true }).click();
    await page.waitForURL(/order_by=priority/);
    await page.getByRole('button', { name: 'Save as view', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: 'Save as view', exact: true });
    await dialog.getByRole('textbox').fill('Waiting');
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'Save', exact: true }).click();
    const views = page.getByRole('group', { name: 'Views', exact: true });
    await views.getByRole('button', { name: 'Waiting', exact: true }).waitFor();
    await dialog.waitFor({ state: 'detached' });

    // A colleague finds it, with the columns.
    const other = await house.signIn('cleo', '/incidents');
    await seen(() => heads(other)).not.toContain('Severity');
    await other.getByRole('button', { name: 'Waiting', exact: true }).click();
    await other.waitForURL(/status=on_hold/);
    await seen(() => heads(other)).toContain('Severity');
    await seen(() => heads(other)).not.toContain('Site');
    await expect.poll(() => other.locator('tbody tr').filter({ hasNotText: 'On hold' }).count(), { timeout: 60_000 }).toBe(0);
    await other.getByRole('button', { name: 'All', exact: true }).click();
    await other.waitForURL((url) => !url.search.includes('status'));

    // The owner takes it away.
    await views.getByRole('button', { name: 'More actions', exact: true }).click();
    await page.getByRole('menuitem', { name: 'Delete the view', exact: true }).click();
    await page.getByRole('button', { name: 'Waiting', exact: true }).waitFor({ state: 'detached' });
  });

  test('chosen columns stay after a reload, and go into the file with what the filters leave', async () => {
    const page = await house.signIn('dana', '/assets?asset_type=firewall');
    await page.getByRole('button', { name: 'List options', exact: true }).click();
    await page.getByRole('checkbox', { name: 'IP address', exact: true }).click();
    await seen(() => heads(page)).not.toContain('IP address');
    await page.keyboard.press('Escape');
    await quiet(page);
    await page.reload();
    await page.locator('thead').waitFor();
    await seen(() => heads(page)).not.toContain('IP address');
    await quiet(page);
    const names = await page.locator('tbody tr').count();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export as CSV', exact: true }).click();
    const file = await download;
    expect(file.suggestedFilename()).toBe('assets.csv');
    const lines = readFileSync(await file.path(), 'utf8').replace(/^\uFEFF/, '').trim().split(/\r?\n/);
    expect(lines[0]).toMatch(/(^|,)name(,|$)/);
    expect(lines.length - 1).toBe(names);
    expect(lines.slice(1).every((l) => l.includes('firewall'))).toBe(true);
    await page.getByRole('button', { name: 'List options', exact: true }).click();
    await page.getByRole('button', { name: 'The usual columns', exact: true }).click();
    await seen(() => heads(page)).toContain('IP address');
  });

  test('the start page stays as it was arranged', async () => {
    const page = await house.signIn('ben');
    const order = async () => await page.locator('.hf-widget h2').allInnerTexts();
    await seen(order).toContain('Due next');
    await page.getByRole('button', { name: 'Arrange', exact: true }).click();
    await page.getByRole('button', { name: 'Hide Due next', exact: true }).click();
    await page.getByRole('button', { name: 'Move My work forward', exact: true }).click();
    await page.getByRole('button', { name: 'Make My work wide', exact: true }).click();
    await page.getByRole('button', { name: 'Done', exact: true }).click();
    await quiet(page);
    await page.reload();
    await seen(async () => (await order()).slice(0, 1)).toEqual(['My work']);
    expect(await order()).not.toContain('Due next');
    expect(await page.locator('.hf-widget').first().getAttribute('data-wide')).toBe('true');
    await page.getByRole('button', { name: 'Arrange', exact: true }).click();
    await page.getByRole('button', { name: 'The usual arrangement', exact: true }).click();
    await seen(order).toContain('Due next');
  });

  test('files are dropped on a record, with their progress, and a refusal is told beside the name', async () => {
    const page = await house.signIn('ada', '/incidents/INC-117?tab=files');
    const zone = page.locator('.hf-drop');
    await zone.waitFor();
    let go = () => {};
    const held = new Promise<void>((done) => (go = done));
    await page.route('**/api/v1/attachments?*', async (route) => {
      await held;
      await route.continue();
    });
    const drop = async (name: string, type: string, text: string) => {
      const data = await page.evaluateHandle(
        ([n, ty, tx]) => {
          const d = new DataTransfer();
          d.items.add(new File([tx], n, { type: ty }));
          return d;
        },
        [name, type, text] as const,
      );
      await zone.dispatchEvent('dragover', { dataTransfer: data });
      await expect.poll(() => zone.getAttribute('data-over'), { timeout: 60_000 }).toBe('true');
      await zone.dispatchEvent('drop', { dataTransfer: data });
    };
    await drop('trace.txt', 'text/plain', 'pump 3 is loud\n'.repeat(2000));
    await page.getByRole('progressbar', { name: 'Uploading trace.txt', includeHidden: true }).waitFor({ state: 'attached' });
    go();
    await page.getByRole('button', { name: 'Download trace.txt', exact: true }).waitFor();
    await page.getByRole('progressbar', { includeHidden: true }).waitFor({ state: 'detached' });
    await drop('tool.exe', 'application/x-msdownload', 'MZ\u0090\u0000\u0003');
    await page.getByRole('alert').waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download trace.txt', exact: true }).click();
    expect(readFileSync(await (await download).path(), 'utf8')).toMatch(/^pump 3 is loud/);
  });

  test('an incident goes from the list to its end without the mouse', async () => {
    const page = await house.signIn('ben', '/incidents?open=true&status=new&order_by=created_at');
    const { keyboard } = page;
    await quiet(page);
    const name = (await rows(page).first().getAttribute('aria-label')) ?? '';
    const [number = ''] = name.split(' ');
    await keyboard.press('j');
    await keyboard.press('Enter');
    const panel = page.getByRole('region', { name: 'Details', exact: true });
    await panel.getByRole('heading', { name: name.slice(number.length + 1), exact: true }).waitFor();
    /** reach goes with the tab key to what has that role and name. */
    const reach = async (role: 'button' | 'textbox' | 'link', wanted: string) => {
      const target = page.getByRole(role, { name: wanted, exact: true });
      await target.first().waitFor();
      for (let i = 0; i < 120; i++) {
        if (await target.evaluateAll((all) => all.some((e) => e === document.activeElement))) return;
        await keyboard.press('Tab');
      }
      throw new Error(`the tab key does not reach ${wanted}`);
    };
    for (const [does, then] of [['Acknowledge', 'Acknowledged'], ['Start work', 'In progress']] as const) {
      await reach('button', does);
      await keyboard.press('Enter');
      await panel.locator('.hf-recordtitle').getByText(then, { exact: true }).waitFor();
    }
    await reach('textbox', 'Comment');
    await keyboard.type('Looked at by keyboard.');
    await keyboard.press('Control+Enter');
    await panel.getByText('Looked at by keyboard.', { exact: true }).locator('visible=true').first().waitFor();
    await reach('button', 'Resolve');
    await keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: `Resolve: ${number}`, exact: true });
    await dialog.waitFor();
    await reach('textbox', 'What was done');
    await keyboard.type('Reset it.');
    await keyboard.press('Control+Enter');
    await dialog.waitFor({ state: 'detached' });
    await panel.locator('.hf-recordtitle').getByText('Resolved', { exact: true }).waitFor();
    await reach('button', 'Close');
    await keyboard.press('Enter');
    await panel.locator('.hf-recordtitle').getByText('Closed', { exact: true }).waitFor();
    // Back to the list by Escape, where the focus is on the row that it came from, or on the list.
    await keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
    await keyboard.press('/');
    expect(await page.getByRole('searchbox').evaluate((e) => e === document.activeElement)).toBe(true);
  });

  test('rows are walked, picked, edited and made by keys', async () => {
    const page = await house.signIn('ada', '/sites');
    const { keyboard } = page;
    await quiet(page);
    await keyboard.press('j');
    await keyboard.press('j');
    await keyboard.press('x');
    await page.getByRole('region', { name: '1 selected', exact: true }).waitFor();
    expect(await page.locator('tbody tr').nth(1).getAttribute('data-picked')).toBe('true');
    await keyboard.press('Escape');
    await page.getByRole('region', { name: '1 selected', exact: true }).waitFor({ state: 'detached' });
    await keyboard.press('e');
    await page.getByRole('dialog', { name: 'Edit site', exact: true }).waitFor();
    await keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Edit site', exact: true }).waitFor({ state: 'detached' });
    await keyboard.press('Escape');
    await page.getByRole('region', { name: 'Details', exact: true }).waitFor({ state: 'detached' });
    await keyboard.press('c');
    await page.getByRole('dialog', { name: 'New site', exact: true }).waitFor();
  });

  test('the palette finds by number and by words, goes anywhere, and runs commands', async () => {
    const page = await house.signIn('ada');
    const ask = async (text: string) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').getByRole('textbox').fill(text);
    };
    await ask('INC-118');
    await page.getByRole('option', { name: /^INC-118 Malware found/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/incidents\/[0-9a-f-]{36}/);
    await ask('maasv plant');
    await page.getByRole('option', { name: /^Maasvlakte plant/ }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/sites\/[0-9a-f-]{36}/);
    await ask('taxo');
    await page.getByRole('option', { name: 'Taxonomy', exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/taxonomy/);
    await ask('new incident');
    await page.getByRole('option', { name: 'New incident', exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'New incident', exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'New incident', exact: true }).waitFor({ state: 'detached' });
    await ask('dark theme');
    await page.getByRole('option', { name: 'Dark theme', exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.documentElement.dataset.mantineColorScheme === 'dark');
    await ask('zzzz qqqq');
    await page.getByText('Nothing found', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keys', exact: true });
    await keys.getByText('Ctrl/Cmd', { exact: true }).first().waitFor();
    await page.keyboard.press('Escape');
    await keys.waitFor({ state: 'detached' });
  });
});
