import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { contract } from './contract.ts';

/** What is worth compressing: text. Images and fonts are compressed already. */
const text = /\.(js|css|html|svg|json|webmanifest)$/;

/**
 * compressed writes a .gz of each text, so that the server only sends bytes. Of scripts and styles nothing else stays: they would be
 * most of what the client adds to the program, and every browser takes them so.
 */
function compressed(): Plugin {
  let folder = '';
  const walk = (dir: string): string[] =>
    readdirSync(dir).flatMap((name) => {
      const path = join(dir, name);
      return statSync(path).isDirectory() ? walk(path) : [path];
    });
  return {
    name: 'compressed',
    apply: 'build',
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const file of walk(folder).filter((f) => text.test(f))) {
        const body = readFileSync(file);
        if (body.length < 1024) continue;
        writeFileSync(`${file}.gz`, gzipSync(body, { level: 9 }));
        if (file.startsWith(join(folder, 'static'))) rmSync(file);
      }
      // The folder is embedded by the server, which needs it on a fresh clone, too.
      writeFileSync(join(folder, '.keep'), '');
    },
  };
}

/**
 * chunks are the files that many pages share: what all pages need, what the way from the sign-in to the start page needs beside it, and
 * what every list and record needs. Left alone they would be a hundred small ones, which are more to ask for and compress worse.
 */
const chunks = [
  { name: 'frame', tags: ['$initial' as const], priority: 3 },
  { name: 'start', test: /features.(signin|dashboard)./, priority: 2 },
  { name: 'records', test: /src.ui.(list|record|rail|form|comments|links|history|attachments)\.tsx$/, priority: 1 },
];

const server = process.env.HOLDFAST_DEV_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [contract(), react(), compressed()],
  build: {
    outDir: 'dist',
    // Not "assets": that is where the assets of a tenant are.
    assetsDir: 'static',
    emptyOutDir: true,
    target: 'es2022',
    // light-dark() and nesting stay as they are written.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: 'build.json',
    rolldownOptions: { output: { codeSplitting: { groups: chunks } } },
  },
  server: { proxy: { '/api': server, '^/holdfast\\.': server } },
});
