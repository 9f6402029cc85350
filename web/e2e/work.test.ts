import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { databases, type House, housed } from './house.ts';

describe.each(databases)('a new tenant on %s', (database) => {
  let house: House;
  housed(database, (h) => {
    house = h;
  });

  test('registers, imports its assets, and works an incident from the report to the end', async () => {
    const page = await house.page();
    await page.goto('/register');
    await page.getByLabel(/organi[sz]ation|tenant/i).first().fill('Fjord Works');
    await page.fill('[name=full_name], [name=fullName]', 'Nora Fjord');
    await page.fill('[name=email]', 'nora@fjord.example');
    await page.fill('[name=password]', 'seven lanterns over tundra');
    await page.click('button[type=submit]');
    await page.waitForSelector('.hf-frame');

    // Assets: tried first, refused where a row is wrong, then stored.
    await page.goto('/assets/import');
    const table = join(house.folder, 'assets.csv');
    writeFileSync(table, 'name,asset_type,criticality,serial,ip_address\nplc-01,plc,high,S-1,10.1.0.1\nhmi-01,hmi,medium,S-2,not an address\n');
    await page.setInputFiles('input[type=file]', table);
    await page.getByText('ip_address').first().waitFor();
    expect(await page.getByRole('button', { name: /^Store/ }).isDisabled()).toBe(true);
    writeFileSync(table, 'name,asset_type,criticality,serial,ip_address\nplc-01,plc,high,S-1,10.1.0.1\nhmi-01,hmi,medium,S-2,10.1.0.2\n');
    await page.getByRole('button', { name: 'Another file' }).click();
    await page.setInputFiles('input[type=file]', table);
    await page.getByRole('button', { name: 'Store 2 rows' }).click();
    await page.getByRole('link', { name: 'To the assets' }).click();
    await page.getByRole('button', { name: 'AST-1 plc-01', exact: true }).waitFor();
    await page.getByText('1–2 of 2', { exact: true }).waitFor();

    // A relation, and what a failure does.
    await page.getByRole('button', { name: 'AST-2 hmi-01', exact: true }).click();
    await page.getByRole('button', { name: 'Add a relation' }).click();
    await page.getByRole('textbox', { name: 'The other asset' }).fill('plc');
    await page.getByRole('option', { name: /plc-01/ }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('link', { name: /plc-01/ }).click();
    await page.getByRole('tab', { name: 'Impact' }).click();
    await page.getByText('If it fails, 1 asset is affected.').waitFor();

    // An incident: reported, worked, resolved with what the server demands, closed.
    await page.goto('/incidents?new');
    await page.getByRole('textbox', { name: /What is wrong/ }).fill('The line stands');
    // What it begins with is chosen already, out of words that the contract names.
    expect(await page.getByRole('textbox', { name: 'Category', exact: true }).inputValue()).toBe('IT');
    expect(await page.getByRole('textbox', { name: 'Severity', exact: true }).inputValue()).toBe('Medium');
    await page.getByText(/^This makes it P\d/).waitFor();
    await page.getByRole('button', { name: 'Report', exact: true }).click();
    await page.getByRole('button', { name: 'INC-1 The line stands', exact: true }).click();
    for (const name of ['Acknowledge', 'Start work']) await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('textbox', { name: 'Comment' }).fill('The **fuse** was blown.');
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
    await page.locator('.hf-entry strong', { hasText: 'fuse' }).waitFor();
    await page.getByRole('button', { name: 'Resolve', exact: true }).click();
    const dialog = page.getByRole('dialog', { name: /^Resolve/ });
    await dialog.getByRole('button', { name: 'Resolve', exact: true }).click();
    await dialog.getByText(/is needed/).waitFor();
    await dialog.getByRole('textbox', { name: /What was done/ }).fill('A new fuse.');
    await dialog.getByRole('button', { name: 'Resolve', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.locator('.hf-recordacts').getByRole('button', { name: 'Close', exact: true }).click();
    await page.locator('.hf-recordtitle').getByText('Closed', { exact: true }).waitFor();
  });

  test('a second editor sees what changed, and nothing is overwritten silently', async () => {
    const [one, two] = await Promise.all([house.signIn('ada', '/assets?q=sw-graz-01'), house.signIn('ada', '/assets?q=sw-graz-01')]);
    for (const page of [one, two]) {
      await page.getByRole('button', { name: 'AST-185 sw-graz-01', exact: true }).click();
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await page.getByRole('textbox', { name: 'Environment' }).waitFor();
    }
    await one.getByRole('textbox', { name: 'Environment' }).fill('production one');
    await one.getByRole('button', { name: 'Save', exact: true }).click();
    await one.getByText('Saved', { exact: true }).first().waitFor();
    await two.getByRole('textbox', { name: 'Environment' }).fill('production two');
    await two.getByRole('button', { name: 'Save', exact: true }).click();
    const dialog = two.getByRole('dialog', { name: 'Somebody else changed this record' });
    await dialog.getByText('production one', { exact: true }).waitFor();
    await dialog.getByText('production two', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Save the choice' }).click();
    await two.getByText('Saved', { exact: true }).first().waitFor();
  });
});
