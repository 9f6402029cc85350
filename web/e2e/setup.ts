// Finds and makes what the browser tests need, once: the binary with the client in it, a browser, and a database full of demo data of each
// kind. Each server of the tests begins with a copy of it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databases, House, seedOf } from './house.ts';

export default async function setup(): Promise<() => Promise<void>> {
  const root = join(import.meta.dirname, '..', '..');
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-e2e-'));
  if (!process.env.HOLDFAST_BINARY) {
    if (!existsSync(join(root, 'web', 'dist', 'index.html'))) throw new Error('The client is not built: go tool task web:build');
    const binary = join(folder, 'holdfast');
    execFileSync('.ci/go', ['build', '-o', binary, './cmd/holdfast'], { cwd: root, stdio: 'inherit' });
    process.env.HOLDFAST_BINARY = binary;
  }
  process.env.HOLDFAST_BROWSER ??= ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'].find((p) => existsSync(p));
  if (!process.env.HOLDFAST_BROWSER) throw new Error('No browser: install chromium ("apt-get install -y chromium"), or name one in HOLDFAST_BROWSER.');
  const seeds = await Promise.all(databases.map((database) => House.open(database)));
  for (const [i, seed] of seeds.entries()) {
    await seed.stop();
    process.env[seedOf(databases[i] ?? 'SQLite')] = seed.place;
  }
  return async () => {
    for (const seed of seeds) await seed.close();
    rmSync(folder, { recursive: true, force: true });
  };
}
