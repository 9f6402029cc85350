import { createHmac } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { House, quiet } from './house.ts';
import { Provider } from './provider.ts';

/** digits is what an authenticator app shows for a secret; ahead steps later than now. */
function digits(secret: string, ahead = 0): string {
  const bits = [...secret.replace(/=+$/, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const sum = createHmac('sha1', key).update(counter).digest();
  const at = (sum.at(-1) ?? 0) & 15;
  return String((sum.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function fillIn(page: Page, email: string, password: string) {
  await page.fill('[name=email]', email);
  await page.fill('[name=password]', password);
  await page.click('button[type=submit]');
}

async function signOut(page: Page) {
  await page.getByRole('button', { name: 'Profile', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await page.waitForURL(/\/signin/);
}

describe('ways in', () => {
  let house: House;
  let provider: Provider;
  beforeAll(async () => {
    provider = await Provider.open();
    house = await House.open('SQLite', provider.settings);
  });
  afterAll(async () => {
    await house.close();
    await provider.close();
    expect(house.complaints).toEqual([]);
  });

  test('single sign-on leads where one wanted to go, and its session survives a reload', async () => {
    provider.person = { sub: 'gil-1', email: 'gil@harbour.example', name: 'Gil Santos' };
    const page = await house.page();
    await page.goto('/sites?q=graz');
    await page.getByRole('link', { name: 'Harbour identity', exact: true }).click();
    await page.waitForURL(/\/sites\?q=graz/);
    await page.locator('.hf-frame').waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Profile', exact: true }).click();
    await page.getByText('Gil Santos', { exact: true }).waitFor();
  });

  test('single sign-on that failed says why, and the password still works', async () => {
    provider.person = undefined;
    const page = await house.page();
    await page.goto('/signin');
    await page.getByRole('link', { name: 'Harbour identity', exact: true }).click();
    await page.waitForURL(/\/signin\?.*error=/);
    await page.getByRole('alert').waitFor();
    await fillIn(page, 'femi@harbour.example', house.password);
    await page.locator('.hf-frame').waitFor();
  });

  test.each([
    ['domain_not_allowed', 'People of your e-mail domain cannot sign in here.'],
    ['something_new', 'Single sign-on did not work.'],
  ])('the sign-in page explains %s', async (reason, text) => {
    const page = await house.page();
    await page.goto(`/signin?error=${reason}`);
    await page.getByRole('alert').getByText(text).waitFor();
  });

  test('a second factor is set up by its QR code, asked for, and replaced by a recovery code once', async () => {
    const page = await house.signIn('ben', '/profile?tab=security');
    await page.getByRole('button', { name: 'Set up', exact: true }).click();
    await page.getByRole('textbox', { name: 'Present password', exact: true }).last().fill(house.password);
    await page.getByRole('button', { name: 'Set up', exact: true }).click();
    await page.getByRole('img', { name: 'QR code for the authenticator app' }).waitFor();
    const secret = await page.locator('form code').innerText();
    const code = page.getByRole('textbox', { name: 'Code', exact: true });
    await code.fill('000000');
    await page.getByRole('button', { name: 'Switch on', exact: true }).click();
    await page.locator('[aria-invalid=true]').waitFor();
    await code.fill(digits(secret));
    await page.getByRole('button', { name: 'Switch on', exact: true }).click();
    const codes = (await page.locator('pre').innerText()).split('\n');
    expect(codes.length).toBeGreaterThan(5);
    await page.getByRole('button', { name: 'I have kept them', exact: true }).click();
    await page.getByText('A second factor is on.', { exact: true }).waitFor();

    await signOut(page);
    await fillIn(page, 'ben@harbour.example', house.password);
    await page.fill('[name=code]', '123456');
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.getByText('The code is wrong, used already or too old.').waitFor();
    await page.fill('[name=code]', digits(secret, 1));
    await page.getByRole('button', { name: 'Check', exact: true }).click();
    await page.locator('.hf-frame').waitFor();

    await signOut(page);
    for (const good of [true, false]) {
      await fillIn(page, 'ben@harbour.example', house.password);
      await page.fill('[name=code]', codes[0] ?? '');
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      if (good) {
        await page.locator('.hf-frame').waitFor();
        await signOut(page);
      } else await page.getByText('The code is wrong, used already or too old.').waitFor();
    }
  });

  test('who is invited joins by the link of the mail', async () => {
    const page = await house.signIn('ada', '/invites?new');
    const form = page.getByRole('dialog', { name: 'Invite', exact: true });
    await form.getByRole('textbox', { name: /^E-mail/ }).fill('noor@elsewhere.example');
    await form.getByRole('textbox', { name: /^Groups/ }).click();
    await page.getByRole('option', { name: 'Service desk', exact: true }).click();
    await page.keyboard.press('Escape');
    await form.getByRole('button', { name: 'Invite', exact: true }).click();
    const shown = page.getByRole('dialog', { name: /noor@elsewhere\.example/ });
    const link = await shown.getByRole('textbox', { name: 'The link', exact: true }).inputValue();
    const mailed = /http\S+\/invite\/\S+/.exec(await house.mail('noor@elsewhere.example'))?.[0];
    // The mail's link says beyond the shown one that its reader has the address.
    expect(mailed?.startsWith(`${link}.`)).toBe(true);

    const out = await house.page();
    await out.goto(mailed ?? '');
    await out.getByText('noor@elsewhere.example').waitFor();
    await out.fill('[name=full_name]', 'Noor Haddad');
    await out.fill('[name=password]', 'short enough to try');
    await out.getByRole('button', { name: 'Accept the invitation', exact: true }).click();
    await out.getByRole('heading', { name: /Noor/ }).waitFor();
    await out.goto('/incidents');
    await out.getByRole('button', { name: 'New incident', exact: true }).waitFor();
    await quiet(out);
    expect(await out.getByRole('navigation').getByRole('link', { name: 'Settings', exact: true }).count()).toBe(0);
    const again = await house.page();
    await again.goto(link);
    await again.getByText('This invitation is not good any more.').waitFor();
  });

  test('a forgotten password is replaced by the link of the mail', async () => {
    const page = await house.page();
    await page.goto('/signin');
    await page.getByRole('link', { name: 'Forgot your password?', exact: true }).click();
    await page.fill('[name=email]', 'cleo@harbour.example');
    await page.getByRole('button', { name: 'Send the link', exact: true }).click();
    await page.getByRole('status').getByText('a link is on its way').waitFor();
    const link = /http\S+\/reset\S+/.exec(await house.mail('cleo@harbour.example'))?.[0] ?? '';
    await page.goto(link);
    await page.fill('[name=password]', 'password1234');
    await page.getByRole('button', { name: 'Set the password', exact: true }).click();
    await page.getByText('too easy to guess').waitFor();
    await page.fill('[name=password]', 'nine quiet herons at dusk');
    await page.getByRole('button', { name: 'Set the password', exact: true }).click();
    await page.getByRole('status').getByText('Your new password is set').waitFor();
    await page.getByRole('link', { name: 'Back to sign-in', exact: true }).click();
    await fillIn(page, 'cleo@harbour.example', 'nine quiet herons at dusk');
    await page.locator('.hf-frame').waitFor();
  });
});
