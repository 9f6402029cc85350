// A running server on a database of its own, and browsers in front of it.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe, { type run } from 'axe-core';
import pg from 'pg';
import { chromium, request, type APIRequestContext, type Browser, type BrowserContext, type BrowserContextOptions, type Page, type Request } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';

/** Databases are those that the tests run on; PostgreSQL only where a server is named. */
export const databases = process.env.HOLDFAST_TEST_POSTGRES ? (['SQLite', 'PostgreSQL'] as const) : (['SQLite'] as const);
export type Database = (typeof databases)[number];

/** seedOf is the environment variable that names the place that servers begin with a copy of. */
export const seedOf = (database: Database): string => `HOLDFAST_SEED_${database.toUpperCase()}`;

/** What a loaded machine needs for one step of the slowest page, in milliseconds. */
const patience = 60_000;

async function freePort(): Promise<number> {
  return await new Promise((done) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const address = s.address();
      s.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** sql runs one statement on the PostgreSQL server. */
async function sql(statement: string) {
  const c = new pg.Client({ connectionString: `${process.env.HOLDFAST_TEST_POSTGRES ?? ''}postgres` });
  await c.connect();
  await c.query(statement).finally(() => c.end());
}

/** until waits for something that no page shows. */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + patience; Date.now() < end; await new Promise((go) => setTimeout(go, 50))) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
  }
  throw new Error(`waited in vain for ${what}`);
}

/** House is one server. */
export class House {
  readonly url: string;
  /** The server's data folder. */
  readonly folder: string;
  /** Folder and database, as the variable of seedOf has them. */
  readonly place: string;
  private process?: ChildProcess;
  private browser?: Browser;
  private output = '';
  private readonly environment: Record<string, string>;
  private readonly name: string;
  /** What browsers reported as errors, by page. */
  readonly complaints: string[] = [];

  private constructor(url: string, folder: string, name: string, environment: Record<string, string>) {
    this.url = url;
    this.folder = folder;
    this.name = name;
    this.place = `${folder}:${name}`;
    this.environment = environment;
  }

  /** open starts a server with demo data on a fresh database. */
  static async open(on: Database, environment: Record<string, string> = {}): Promise<House> {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-house-'));
    const [from, seed] = (process.env[seedOf(on)] ?? '').split(':');
    if (from) cpSync(from, folder, { recursive: true });
    const name = on === 'PostgreSQL' ? `web_${randomBytes(6).toString('hex')}` : '';
    if (name) await sql(`CREATE DATABASE ${name}${seed ? ` TEMPLATE ${seed}` : ''}`);
    const house = new House(`http://127.0.0.1:${await freePort()}`, folder, name, environment);
    await house.start();
    return house;
  }

  /** start runs the server, and waits until it is ready. */
  async start() {
    this.output = '';
    const p = spawn(process.env.HOLDFAST_BINARY ?? '', ['serve', '--demo'], {
      env: {
        ...process.env, HOLDFAST_DATA_DIR: this.folder, HOLDFAST_ADDR: new URL(this.url).host, HOLDFAST_PUBLIC_URL: this.url, HOLDFAST_RATE_LIMIT_LOGIN: '1000/second',
        ...(this.name ? { HOLDFAST_DATABASE_URL: `${process.env.HOLDFAST_TEST_POSTGRES ?? ''}${this.name}` } : {}), ...this.environment,
      },
    });
    this.process = p;
    const hear = (b: Buffer) => {
      this.output += b.toString();
    };
    p.stdout.on('data', hear);
    p.stderr.on('data', hear);
    for (let i = 0; i < 1800; i++) {
      if (p.exitCode !== null) throw new Error(`the server ended:\n${this.output}`);
      const ready = await fetch(`${this.url}/api/v1/health/ready`).then((a) => a.ok, () => false);
      if (ready) return;
      await new Promise((go) => setTimeout(go, 100));
    }
    throw new Error(`the server is not ready:\n${this.output}`);
  }

  /** stop ends the server as an operator would; start brings it back. */
  async stop() {
    const p = this.process;
    if (!p || p.exitCode !== null) return;
    const ended = new Promise((done) => p.once('exit', done));
    p.kill('SIGTERM');
    await ended;
  }

  get password(): string {
    return readFileSync(join(this.folder, 'demo-password'), 'utf8').trim();
  }

  /** mail answers the newest message to an address, as text; it comes after a moment. */
  async mail(to: string): Promise<string> {
    const box = join(this.folder, 'outbox');
    return await until(`a mail to ${to}`, () => {
      try {
        const files = readdirSync(box).filter((f) => f.endsWith('.eml')).toSorted().toReversed();
        const raw = files.map((f) => readFileSync(join(box, f), 'utf8')).find((m) => m.includes(`To: <${to}>`));
        // It is written as quoted-printable.
        return raw?.replaceAll(/=\r?\n/g, '').replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      } catch {
        return undefined; // no mail at all so far
      }
    });
  }

  /** page opens a browser window of its own, with nobody signed in. It goes with the test; of one that failed it leaves a picture. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    this.browser ??= await chromium.launch({ executablePath: process.env.HOLDFAST_BROWSER, args: ['--no-sandbox'] });
    const context = await this.browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 }, baseURL: this.url, ...options });
    onTestFinished(async ({ task }) => {
      const folder = process.env.HOLDFAST_SCREENS;
      if (folder && task.result?.state === 'fail') {
        for (const [i, p] of context.pages().entries()) await p.screenshot({ path: join(folder, `failed-${task.name.replaceAll(/\W+/g, '-').slice(0, 60)}-${i}.png`) });
      }
      await context.close();
    });
    context.setDefaultTimeout(patience);
    follow(context);
    context.on('weberror', (e) => this.complaints.push(String(e.error())));
    context.on('console', (m) => {
      if (m.type() === 'error' && /Content.Security.Policy|Minified React/i.test(m.text())) this.complaints.push(`${m.page()?.url()}: ${m.text()}`);
    });
    return await context.newPage();
  }

  /** as signs somebody of the demo in, or whoever has that address, and answers a client for the REST routes. */
  async as(who: string, password = this.password): Promise<APIRequestContext> {
    const email = who.includes('@') ? who : `${who}@${who === 'elif' ? 'bluepeak' : 'harbour'}.example`;
    const open = await request.newContext({ baseURL: this.url });
    const answer = await open.post('/api/v1/auth/login', { data: { email, password } });
    const { access_token } = (await answer.json()) as { access_token?: string };
    if (!access_token) throw new Error(`${email} is not let in: ${await answer.text()}`);
    const storageState = await open.storageState();
    await open.dispose();
    return await request.newContext({ baseURL: this.url, storageState, extraHTTPHeaders: { Authorization: `Bearer ${access_token}` } });
  }

  /** signIn opens a page as somebody of the demo: "ada", "ben", "dana", "femi" (harbour.example) or "elif" (bluepeak.example). */
  async signIn(who: string, path = '/', options: BrowserContextOptions = {}): Promise<Page> {
    const api = await this.as(who);
    const { cookies } = await api.storageState();
    await api.dispose();
    const page = await this.page({ ...options, storageState: { cookies, origins: [{ origin: this.url, localStorage: [{ name: 'holdfast.session', value: '1' }] }] } });
    await page.goto(path);
    await page.locator('.hf-frame').waitFor();
    return page;
  }

  /** close takes everything down. */
  async close() {
    await this.browser?.close();
    await this.stop();
    if (this.name) await sql(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const asked = new WeakMap<BrowserContext, Set<Request>>();

/** follow keeps what the pages of a context have asked for and not yet got. The feed of changes never ends, and does not count. */
function follow(context: BrowserContext) {
  const open = new Set<Request>();
  asked.set(context, open);
  context.on('request', (r) => {
    if (!r.url().endsWith('FeedService/Watch')) open.add(r);
  });
  context.on('requestfinished', (r) => open.delete(r));
  context.on('requestfailed', (r) => open.delete(r));
}

/** housed has a server open for the tests of a block, and ends it when they have run: its browsers must not have complained. */
export function housed(on: Database, give: (house: House) => void) {
  let house: House;
  beforeAll(async () => {
    house = await House.open(on);
    give(house);
  });
  afterAll(async () => {
    await house.close();
    expect(house.complaints).toEqual([]);
  });
}

/** quiet waits until a page has stopped loading and moving. */
export async function quiet(page: Page) {
  await page.locator('main').first().waitFor();
  let still = 0;
  await until(`quiet at ${page.url()}`, async () => {
    const calm =
      asked.get(page.context())?.size === 0 &&
      (await page.evaluate(() => {
        const moving = document.getAnimations().some((a) => a.playState === 'running' && a.effect?.getComputedTiming().iterations !== Infinity);
        return !moving && !document.querySelector('[aria-busy="true"], .hf-ghost');
      }));
    still = calm ? still + 1 : 0;
    return still > 2 || undefined;
  });
}

/** visit goes to another address of the client without loading it anew, as a link does. */
export async function visit(page: Page, path: string) {
  await page.evaluate((to) => history.pushState(null, '', to), path);
  await quiet(page);
}

/** barriers are what axe finds on a page that keeps people out: serious and critical rules of WCAG 2.2 AA, and a page wider than its window. */
export async function barriers(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe: here } = window as unknown as { axe: { run: typeof run } };
    const { violations } = await here.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] });
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    return [
      ...violations
        .filter((v) => v.impact === 'serious' || v.impact === 'critical')
        .map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} (${n.failureSummary?.split('\n')[1]?.trim() ?? ''})`).slice(0, 4).join('; ')}`),
      ...(wide > 1 ? [`the page is ${wide} px wider than the window`] : []),
    ];
  });
}

/** picture leaves a picture of a page in HOLDFAST_SCREENS, where that names a folder. */
export async function picture(page: Page, name: string) {
  const folder = process.env.HOLDFAST_SCREENS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
