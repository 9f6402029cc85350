import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { databases, type House, housed } from './house.ts';

const sarif = JSON.stringify({
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'harbourscan', rules: [{ id: 'HS1', shortDescription: { text: 'Cookie without Secure' }, properties: { 'security-severity': '5.1' } }] } },
      results: [
        { ruleId: 'HS1', level: 'warning', message: { text: 'The session cookie has no Secure attribute.' }, locations: [{ physicalLocation: { artifactLocation: { uri: 'app/session.go' }, region: { startLine: 12 } } }] },
        { ruleId: 'HS1', level: 'warning', message: { text: 'The language cookie has no Secure attribute.' }, locations: [{ physicalLocation: { artifactLocation: { uri: 'app/lang.go' }, region: { startLine: 3 } } }] },
      ],
    },
  ],
});
const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

describe.each(databases)('a review on %s', (database) => {
  let house: House;
  housed(database, (h) => {
    house = h;
  });

  test('goes from the client to the report', async () => {
    const page = await house.signIn('ada', '/clients?new');
    await page.getByRole('textbox', { name: /^Name/ }).fill('Lantern Bank');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('button', { name: 'Lantern Bank', exact: true }).waitFor();

    await page.goto('/assets?new');
    await page.getByRole('textbox', { name: /^Name/ }).fill('lantern-portal');
    await page.getByRole('textbox', { name: /^Type/ }).click();
    await page.getByRole('option', { name: 'Web Application' }).click();
    await page.getByRole('textbox', { name: 'Client' }).fill('Lantern');
    await page.getByRole('option', { name: 'Lantern Bank' }).click();
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await page.goto('/sessions?new');
    await page.getByRole('textbox', { name: /^Name/ }).fill('Lantern portal 2026');
    await page.getByRole('textbox', { name: /^Asset/ }).fill('lantern-portal');
    await page.getByRole('option', { name: /lantern-portal/ }).click();
    await page.getByRole('textbox', { name: /^Date/ }).fill('11/30/2026');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.getByRole('button', { name: 'Lantern portal 2026', exact: true }).click();

    // The scanner's file: tried, stored, and the same again adds nothing.
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    const file = join(house.folder, 'scan.sarif');
    writeFileSync(file, sarif);
    await page.setInputFiles('input[type=file]', file);
    await page.getByRole('button', { name: 'Store 2 findings' }).click();
    await page.getByRole('button', { name: 'Another file' }).click();
    await page.setInputFiles('input[type=file]', file);
    await page.getByRole('button', { name: 'Store 2 findings' }).waitFor(); // seen again, which their place and date would say
    const session = page.url().replace('/import', '');

    // A finding: CVSS by the calculator as the server scores it, evidence, a re-test.
    await page.goto(session);
    await page.getByRole('link', { name: /cookie/i }).first().click();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByRole('button', { name: 'Calculate' }).click();
    const drawer = page.getByRole('dialog', { name: /finding/i });
    for (const [metric, value] of [['AV', 'Network'], ['AC', 'Low'], ['AT', 'None'], ['PR', 'None'], ['UI', 'None'], ['VC', 'High'], ['VI', 'None'], ['VA', 'None'], ['SC', 'None'], ['SI', 'None'], ['SA', 'None']] as const) {
      await drawer.getByText(`(${metric})`).locator('..').getByText(value, { exact: true }).click();
    }
    const shown = (await drawer.locator('.hf-cvss .hf-badge').innerText()).split(' ')[0];
    await drawer.getByRole('button', { name: 'Save', exact: true }).click();
    await page.locator('.hf-recordtitle').getByText(`CVSS ${shown}`).waitFor();
    await page.getByRole('tab', { name: 'Attachments' }).click();
    const evidence = join(house.folder, 'evidence.png');
    writeFileSync(evidence, picture);
    await page.setInputFiles('input[type=file]', evidence);
    await page.getByRole('button', { name: 'Download evidence.png', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Re-test', exact: true }).click();
    await page.getByRole('dialog', { name: /^Re-test/ }).getByRole('button', { name: 'Re-test', exact: true }).click();
    await page.locator('.hf-recordtitle').getByText('Resolved', { exact: true }).waitFor();

    // The report.
    await page.goto(`${session}?tab=reports`);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'PDF report', exact: true }).click();
    expect((await download).suggestedFilename()).toMatch(/\.pdf$/);
    await page.getByRole('table', { name: 'Stored reports' }).getByText(/\.pdf$/).waitFor();
  });

  test('a client’s own user sees only what is theirs', async () => {
    const page = await house.signIn('elif', '/findings');
    await page.locator('tbody tr:not(.hf-ghost)').first().waitFor();
    await page.goto('/clients');
    await page.getByRole('button', { name: 'Bluepeak Insurance', exact: true }).waitFor();
    await page.getByText('1–1 of 1', { exact: true }).waitFor();
    for (const gone of ['Users', 'Settings', 'Incidents', 'Audit log']) expect(await page.getByRole('navigation').getByRole('link', { name: gone, exact: true }).count(), gone).toBe(0);
    await page.goto('/sessions');
    await page.locator('tbody tr [data-open]').first().click();
    await page.getByRole('tab', { name: 'Reports', exact: true }).waitFor();
    expect(await page.getByRole('button', { name: 'Edit', exact: true }).count()).toBe(0);
    await page.getByRole('tab', { name: 'Reports' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'PDF report', exact: true }).click();
    expect((await download).suggestedFilename()).toMatch(/\.pdf$/);
  });
});
