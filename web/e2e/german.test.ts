import { describe, expect, test } from 'vitest';
import { type House, housed, picture, quiet, visit } from './house.ts';

// Words that no German screen has, unless somebody of the demo wrote them: names of buttons, states, times.
const english =
  /\b(?:ago|yesterday|tomorrow|Search|Filter by|New (?:incident|asset|site|client|finding|session|template|user|group)|Save|Cancel|Edit|Delete|Close[ds]?|Open(?:ed)?|Add|Assign|Loading|Nothing|Nobody|Overdue|Unassigned|In progress|Acknowledged|Resolved|On hold|High|Medium|Low|Critical|Planned|Completed|Active|Retired|Settings|Users|Groups|Findings|Incidents|Sites|Clients|Priority|Changed|Due|Today|min ago|of \d+)\b/g;

const screens = [
  '/', '/incidents', '/incidents/INC-118', '/incidents/INC-118?tab=levels', '/incidents/INC-118?tab=history', '/incidents?new', '/assets', '/assets/AST-185', '/assets/AST-185?tab=impact', '/assets/import', '/sites', '/sites?new',
  '/clients', '/sessions', '/findings', '/findings/FND-148?edit', '/templates', '/taxonomy', '/users', '/invites', '/groups', '/groups?new', '/settings', '/settings?tab=incidents', '/settings?tab=calendars', '/settings?tab=security', '/audit',
  '/notifications', '/profile', '/profile?tab=security', '/profile?tab=sessions', '/profile?tab=tokens', '/profile?tab=events', '/nirgends',
];

describe('auf Deutsch', () => {
  let house: House;
  housed('SQLite', (h) => {
    house = h;
  });

  test('a whole walk is German, with its own dates and numbers', { timeout: 900_000 }, async () => {
    const page = await house.page({ locale: 'de-DE' });
    await page.goto('/signin');
    await page.getByRole('heading', { name: 'Anmelden', exact: true }).waitFor();
    await page.fill('[name=email]', 'ada@harbour.example');
    await page.fill('[name=password]', 'falsch');
    await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
    await page.getByRole('alert').getByText(/falsch/).waitFor();
    await page.fill('[name=password]', house.password);
    await page.getByRole('button', { name: 'Anmelden', exact: true }).click();
    await page.getByRole('heading', { name: /Schön, dass Sie da sind, Ada/ }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    const found: Record<string, string[]> = {};
    for (const path of screens) {
      await visit(page, path);
      // What people of the demo wrote is no text of ours, nor are the words of their taxonomy.
      const text = await page.evaluate(() => {
        const texts: string[] = [];
        const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
          if (!node.parentElement?.closest('[data-main], [role=option], h2, .hf-md, .hf-crumbs, .hf-cut:not(.hf-badge *), .hf-dot + .hf-cut, textarea, script, style')) texts.push(node.textContent ?? '');
        }
        return texts.join('\n');
      });
      const words = text.match(english);
      if (words) found[path] = [...new Set(words)];
      await picture(page, `german${path.replaceAll(/\W+/g, '-')}`);
    }
    expect(found).toEqual({});
    // The language is chosen in the profile, and holds at once and after a reload.
    await visit(page, '/profile');
    await page.getByRole('textbox', { name: 'Sprache', exact: true }).click();
    await page.getByRole('option', { name: 'English (United Kingdom)', exact: true }).click();
    await page.getByRole('textbox', { name: 'Language', exact: true }).waitFor();
    await quiet(page);
    await page.reload();
    await page.getByRole('textbox', { name: 'Language', exact: true }).waitFor();
  });
});
