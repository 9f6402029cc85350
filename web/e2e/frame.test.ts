import type { Request } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { databases, type House, housed, quiet } from './house.ts';

describe.each(databases)('on %s', (database) => {
  let house: House;
  housed(database, (h) => {
    house = h;
  });

  test('the first page loads at most 250 KB of script', async () => {
    const page = await house.page();
    const loaded = new Map<string, Request>();
    page.on('requestfinished', (r) => {
      if (r.url().endsWith('.js')) loaded.set(r.url(), r);
    });
    await page.goto('/signin');
    await page.fill('[name=email]', 'ada@harbour.example');
    await page.fill('[name=password]', house.password);
    await page.click('button[type=submit]');
    await page.locator('.hf-frame').waitFor();
    await quiet(page);
    const sizes = await Promise.all([...loaded.values()].map(async (r) => (await r.sizes()).responseBodySize));
    const bytes = sizes.reduce((a, b) => a + b, 0);
    process.stdout.write(`first load: ${(bytes / 1000).toFixed(1)} KB gzip of script in ${loaded.size} files\n`);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThanOrEqual(250_000);
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
    await page.getByText('1–1 of 1').waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Graz data centre', exact: true }).waitFor();
  });

  test('a site is made, changed and deleted; the server names what is wrong beside the field', async () => {
    const page = await house.signIn('ada', '/sites');
    await page.getByRole('button', { name: 'New site', exact: true }).waitFor();
    await quiet(page);
    await page.keyboard.press('c');
    const form = page.getByRole('dialog', { name: 'New site' });
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Lisbon office');
    await page.keyboard.press('Control+Enter');
    await form.getByText(/taken|exists/i).first().waitFor();
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Hook of Holland');
    await page.reload();
    await form.getByText('What you typed before was kept').waitFor();
    expect(await form.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe('Hook of Holland');
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
    await page.getByRole('menuitem', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog', { name: /^Delete/ }).getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('button', { name: 'Hook of Holland', exact: true }).waitFor({ state: 'detached' });
  });

  test('two people edit one record: the second sees what changed and chooses', async () => {
    const [one, two] = await Promise.all([house.signIn('ada', '/sites'), house.signIn('ben', '/sites')]);
    for (const page of [one, two]) {
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
    await choice.getByText('Theirs 1', { exact: true }).waitFor();
    await choice.getByText('Mine 2', { exact: true }).waitFor();
    await choice.getByRole('button', { name: 'Save the choice' }).click();
    await form(two).waitFor({ state: 'detached' });
    // The first sees it without asking: the feed says so.
    await one.getByText('Mine 2').first().waitFor();
  });
});
