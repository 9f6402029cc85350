import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { barriers, databases, type House, housed, quiet } from './house.ts';

/** settle gives the tenant of the demo a look. */
async function settle(page: Page, name: string, color: string) {
  await page.goto('/settings');
  await page.getByRole('textbox', { name: 'Name shown to people', exact: true }).fill(name);
  await page.getByRole('textbox', { name: 'Leading colour', exact: true }).fill(color);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('link', { name, exact: true }).waitFor();
}

describe.each(databases)('what concerns the whole tenant, on %s', (database) => {
  let house: House;
  housed(database, (h) => {
    house = h;
  });

  test('its look is everybody’s, and can be read in both themes whatever its colour', async () => {
    const ada = await house.signIn('ada');
    await settle(ada, 'Harbour Industries', '#ffe600');
    for (const colorScheme of ['light', 'dark'] as const) {
      const femi = await house.signIn('femi', '/', { colorScheme });
      await femi.getByRole('link', { name: 'Harbour Industries', exact: true }).waitFor();
      await quiet(femi);
      expect(await barriers(femi), colorScheme).toEqual([]);
      await femi.goto('/assets');
      await quiet(femi);
      expect(await barriers(femi), colorScheme).toEqual([]);
    }
    await settle(ada, 'Harbour', '#2563a8');
  });

  test('everybody sees what happened last to what they may see', async () => {
    const ben = await house.signIn('ben', '/sites?new');
    const form = ben.getByRole('dialog', { name: 'New site', exact: true });
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Depot Nine');
    await form.getByRole('button', { name: 'Create', exact: true }).click();
    await form.waitFor({ state: 'detached' });
    const femi = await house.signIn('femi', '/');
    await femi.getByRole('region', { name: 'Recent activity', exact: true }).getByRole('link', { name: 'Depot Nine', exact: true }).waitFor();
    const elif = await house.signIn('elif', '/');
    await quiet(elif);
    const theirs = elif.getByRole('region', { name: 'Recent activity', exact: true });
    await theirs.getByRole('listitem').first().waitFor();
    expect(await theirs.getByText('Depot Nine').count()).toBe(0);
  });

  test('a colleague who is mentioned by name is told', async () => {
    const dana = await house.signIn('dana', '/findings');
    await quiet(dana);
    await dana.locator('tbody [data-open]').first().click();
    await dana.getByRole('tab', { name: 'Comments', exact: true }).click();
    await dana.getByRole('button', { name: 'Mention', exact: true }).click();
    const text = dana.getByRole('textbox', { name: 'Comment', exact: true });
    await dana.keyboard.type('femi');
    await dana.getByRole('option', { name: 'Femi Laurent', exact: true }).click();
    await expect.poll(() => text.inputValue()).toBe('@Femi Laurent ');
    await text.fill('@Femi Laurent please have a look.');
    // What was chosen outlives a reload, as the text does.
    await dana.reload();
    await dana.getByRole('button', { name: 'Comment', exact: true }).click();
    await dana.getByText('@Femi Laurent please have a look.').and(dana.locator(':not(textarea)')).waitFor();
    const femi = await house.signIn('femi', '/notifications');
    await femi.getByText('You are mentioned').first().waitFor();
  });

  test('administrators see and revoke the API tokens of all', async () => {
    const ben = await house.signIn('ben', '/profile?tab=tokens');
    await ben.getByRole('button', { name: 'New token', exact: true }).click();
    const form = ben.getByRole('dialog', { name: 'New token', exact: true });
    await form.getByRole('textbox', { name: 'What it is for', exact: true }).fill('Nightly import');
    await form.getByRole('textbox', { name: 'Scopes' }).fill('assets:read');
    await ben.keyboard.press('Enter');
    await ben.keyboard.press('Control+Enter');
    await ben.getByRole('dialog', { name: 'Your new token', exact: true }).waitFor();
    expect(await ben.getByRole('link', { name: 'API tokens', exact: true }).count()).toBe(0);
    const ada = await house.signIn('ada', '/apitokens?q=nightly');
    await quiet(ada);
    expect(await barriers(ada)).toEqual([]);
    const row = ada.getByRole('row').filter({ hasText: 'Nightly import' });
    await row.getByText('Ben Okafor').waitFor();
    await row.getByRole('button', { name: 'Revoke: Nightly import', exact: true }).click();
    await ada.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
    await row.getByText('Revoked', { exact: true }).waitFor();
    await ben.reload();
    await ben.getByRole('row').filter({ hasText: 'Nightly import' }).getByText('Revoked', { exact: true }).waitFor();
  });

  test('what the server refuses is said in German, beside its field', async () => {
    const page = await house.signIn('ada', '/assets?new', { locale: 'de-DE' });
    const form = page.getByRole('dialog');
    await form.locator('[name=name]').fill('   ');
    await form.locator('[name=ip_address]').fill('300.1.1.1');
    await form.getByRole('button', { name: 'Anlegen', exact: true }).click();
    await form.getByText('darf nicht leer sein', { exact: true }).waitFor();
    await form.getByText('muss eine IPv4- oder IPv6-Adresse sein', { exact: true }).waitFor();
  });

  test('what is typed before the palette is there is not lost, and does nothing else', async () => {
    const page = await house.signIn('ada', '/incidents');
    await quiet(page);
    await page.keyboard.press('Control+k');
    await page.keyboard.type('cxINC-12');
    await expect.poll(() => page.getByRole('textbox', { name: 'Search by number or words, or run a command', exact: true }).inputValue()).toBe('cxINC-12');
    expect(new URL(page.url()).search).toBe('');
    await page.keyboard.press('Escape');
  });
});
