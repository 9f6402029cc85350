// The floors of the client: app composes features; features know neither app nor each other; ui and lib know neither.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';

const src = join(import.meta.dirname, '..', 'src');
const walk = (dir: string): string[] => readdirSync(dir).flatMap((n) => (statSync(join(dir, n)).isDirectory() ? walk(join(dir, n)) : [join(dir, n)]));
const files = walk(src).filter((f) => /\.tsx?$/.test(f) && !f.includes(`${sep}gen${sep}`));
const rel = (f: string) => relative(src, f).split(sep).join('/');

/** floor is the folder that a file belongs to: "app", "ui", "lib", "gen" or "features/<word>". */
const floor = (path: string): string => /^features\/[^/]+/.exec(path)?.[0] ?? path.split('/')[0] ?? '';

const imports = files.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from\s+|import\(|import\s+)'(\.[^']+)'/g)].map((m) => ({ from: rel(file), to: rel(resolve(dirname(file), m[1] ?? '')) })),
);

test('imports go downward only', () => {
  const allowed = (from: string, to: string): boolean => {
    if (from === to || to === 'gen') return true;
    if (from === 'app') return to === 'ui' || to === 'lib' || to.startsWith('features/');
    if (from.startsWith('features/')) return to === 'ui' || to === 'lib';
    return from === 'ui' && to === 'lib';
  };
  expect(imports.length).toBeGreaterThan(100);
  expect(imports.filter((i) => !allowed(floor(i.from), floor(i.to))).map((i) => `${i.from} imports ${i.to}`)).toEqual([]);
});

test('features are known to the app by their feature.ts only, which stays out of their pages', () => {
  const eager = imports.filter((i) => i.from.startsWith('features/') && i.from.endsWith('/feature.ts') && floor(i.to) === floor(i.from));
  const lazy = new Set(files.filter((f) => f.endsWith('feature.ts')).flatMap((f) => [...readFileSync(f, 'utf8').matchAll(/import\('(\.[^']+)'\)/g)].map((m) => rel(resolve(dirname(f), m[1] ?? '')))));
  expect(eager.filter((i) => !lazy.has(i.to)).map((i) => `${i.from} loads ${i.to} at once`)).toEqual([]);
  expect(imports.filter((i) => i.from.startsWith('app/') && i.to.startsWith('features/')).map((i) => `${i.from} imports ${i.to}`)).toEqual([]);
});

test('no barrel files, no long files, no way round the types, no keys by hand', () => {
  const problems = files.flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const name = rel(file);
    const out: string[] = [];
    if (/\/index\.tsx?$/.test(name)) out.push(`${name}: a barrel file`);
    if (/^export \* from|^export \{[^}]*\} from/m.test(text)) out.push(`${name}: passes exports on`);
    if (text.split('\n').length > 400) out.push(`${name}: more than 400 lines`);
    if (/[:<(,|&]\s*any\b(?!\w)|\bas any\b/.test(text.replaceAll(/\/\/.*|'[^'\n]*'|\{\/\*.*?\*\/\}/g, ''))) out.push(`${name}: any`);
    if (/from '@mantine\/dates'/.test(text) && name !== 'ui/dates.tsx') out.push(`${name}: a date field of its own, not one of ui/dates.tsx`);
    if (/queryKey:\s*\[/.test(text)) out.push(`${name}: a query key by hand`);
    if (/dangerouslySetInnerHTML|\beval\(|new Function\(/.test(text)) out.push(`${name}: runs or draws foreign text`);
    if (/@ts-(ignore|nocheck|expect-error)|oxlint-disable(?!.*--)/.test(text)) out.push(`${name}: silences a check`);
    return out;
  });
  expect(problems).toEqual([]);
});

test('every exported component and function says what it is for', () => {
  const silent = files
    .filter((f) => !/\.test\.|words\.ts$|feature\.ts$|env\.d\.ts$/.test(f))
    .flatMap((file) => {
      const lines = readFileSync(file, 'utf8').split('\n');
      return lines.flatMap((line, i) => {
        const m = /^export (?:default )?(?:async )?function (\w+)/.exec(line);
        return m && !/\*\/\s*$|^\/\//.test(lines[i - 1] ?? '') ? [`${rel(file)}: ${m[1]}`] : [];
      });
    });
  expect(silent.filter((s) => !/: (subscribe|usePlace)$/.test(s))).toEqual([]);
});
