// Finds what the browser tests need, once: the binary with the client in it, and a browser.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setup(): () => void {
  const root = join(import.meta.dirname, '..', '..');
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-e2e-'));
  if (!existsSync(join(root, 'web', 'dist', 'index.html'))) throw new Error('The client is not built: go tool task web:build');
  if (!process.env.HOLDFAST_BINARY) {
    const binary = join(folder, 'holdfast');
    execFileSync('go', ['build', '-o', binary, './cmd/holdfast'], { cwd: root, stdio: 'inherit' });
    process.env.HOLDFAST_BINARY = binary;
  }
  process.env.HOLDFAST_BROWSER ??= ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'].find((p) => existsSync(p));
  if (!process.env.HOLDFAST_BROWSER) throw new Error('No browser: install chromium ("apt-get install -y chromium"), or name one in HOLDFAST_BROWSER.');
  return () => rmSync(folder, { recursive: true, force: true });
}
