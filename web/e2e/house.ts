// A running server on a database of its own, and browsers in front of it.
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe, { type run } from 'axe-core';
import pg from 'pg';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** Databases are those that the tests run on; PostgreSQL only where a server is named. */
export const databases = process.env.HOLDFAST_TEST_POSTGRES ? (['SQLite', 'PostgreSQL'] as const) : (['SQLite'] as const);
export type Database = (typeof databases)[number];

async function freePort(): Promise<number> {
  return await new Promise((done) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const address = s.address();
      s.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** House is one server. */
export class House {
  readonly url: string;
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-house-'));
  private process?: ChildProcess;
  private browser?: Browser;
  private output = '';
  private readonly database: string;
  private readonly drop: () => Promise<void>;
  /** What browsers reported as errors, by page. */
  readonly complaints: string[] = [];

  private constructor(url: string, database: string, drop: () => Promise<void>) {
    this.url = url;
    this.database = database;
    this.drop = drop;
  }

  /** open starts a server with demo data on a fresh database. */
  static async open(on: Database, environment: Record<string, string> = {}): Promise<House> {
    const port = await freePort();
    let database = '';
    let drop = async () => {};
    if (on === 'PostgreSQL') {
      const server = process.env.HOLDFAST_TEST_POSTGRES ?? '';
      const name = `web_${randomBytes(6).toString('hex')}`;
      const sql = async (statement: string) => {
        const c = new pg.Client({ connectionString: `${server}postgres` });
        await c.connect();
        await c.query(statement).finally(() => c.end());
      };
      await sql(`CREATE DATABASE ${name}`);
      database = server + name;
      drop = () => sql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
    const house = new House(`http://127.0.0.1:${port}`, database, drop);
    await house.start(environment);
    return house;
  }

  /** start runs the server, and waits until it is ready. */
  async start(environment: Record<string, string> = {}) {
    this.output = '';
    const p = spawn(process.env.HOLDFAST_BINARY ?? '', ['serve', '--demo'], {
      env: {
        ...process.env, HOLDFAST_DATA_DIR: this.folder, HOLDFAST_ADDR: new URL(this.url).host, HOLDFAST_PUBLIC_URL: this.url, HOLDFAST_RATE_LIMIT_LOGIN: '1000/second',
        ...(this.database ? { HOLDFAST_DATABASE_URL: this.database } : {}), ...environment,
      },
    });
    this.process = p;
    const hear = (b: Buffer) => {
      this.output += b.toString();
    };
    p.stdout.on('data', hear);
    p.stderr.on('data', hear);
    for (let i = 0; i < 600; i++) {
      if (p.exitCode !== null) throw new Error(`the server ended:\n${this.output}`);
      const ready = await fetch(`${this.url}/api/v1/health/ready`).then((a) => a.ok, () => false);
      if (ready) return;
      await new Promise((go) => setTimeout(go, 200));
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

  /** page opens a browser window of its own, with nobody signed in. */
  async page(options: BrowserContextOptions = {}): Promise<Page> {
    this.browser ??= await chromium.launch({ executablePath: process.env.HOLDFAST_BROWSER, args: ['--no-sandbox'] });
    const context = await this.browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 }, baseURL: this.url, ...options });
    context.setDefaultTimeout(15_000);
    context.on('weberror', (e) => this.complaints.push(String(e.error())));
    const page = await context.newPage();
    page.on('console', (m) => {
      if (m.type() === 'error' && /Content.Security.Policy|Minified React/i.test(m.text())) this.complaints.push(`${page.url()}: ${m.text()}`);
    });
    return page;
  }

  /** signIn signs somebody of the demo in: "ada", "ben", "dana", "femi" (harbour.example) or "elif" (bluepeak.example). */
  async signIn(who: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.page(options);
    await page.goto('/signin');
    await page.fill('[name=email]', who.includes('@') ? who : `${who}@${who === 'elif' ? 'bluepeak' : 'harbour'}.example`);
    await page.fill('[name=password]', this.password);
    await page.click('button[type=submit]');
    await page.waitForSelector('.hf-frame');
    return page;
  }

  /** close takes everything down. */
  async close() {
    await this.browser?.close();
    await this.stop();
    await this.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** quiet waits until a page has stopped loading and moving. */
export async function quiet(page: Page) {
  await page.waitForSelector('main');
  await page.waitForFunction(() => !document.querySelector('[aria-busy="true"], .hf-ghost'), undefined, { timeout: 15_000 });
  await page.waitForTimeout(250);
}

/** barriers are what axe finds on a page that keeps people out: serious and critical rules of WCAG 2.2 AA. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe: here } = window as unknown as { axe: { run: typeof run } };
    const { violations } = await here.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    return violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} (${n.failureSummary?.split('\n')[1]?.trim() ?? ''})`).slice(0, 4).join('; ')}`);
  });
}
