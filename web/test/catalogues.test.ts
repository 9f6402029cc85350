// Every text is there in every language, and used.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const src = join(import.meta.dirname, '..', 'src');
const walk = (dir: string): string[] => readdirSync(dir).flatMap((n) => (statSync(join(dir, n)).isDirectory() ? walk(join(dir, n)) : [join(dir, n)]));
const files = walk(src).filter((f) => /\.tsx?$/.test(f) && !f.includes('/gen/'));
const holders = files.filter((f) => /= catalogue\(/.test(readFileSync(f, 'utf8')));

interface Held {
  words: Record<'en' | 'de', Record<string, string | { one: string; other: string }>>;
}

test.each(holders.map((f) => relative(src, f)))('%s', async (name) => {
  const file = join(src, name);
  const module = (await import(/* @vite-ignore */ file)) as Record<string, unknown>;
  const held = Object.values(module).filter((x): x is Held => typeof x === 'function' && 'words' in x);
  // A catalogue that its own file keeps to itself is checked by the compiler alone.
  for (const { words } of held) {
    expect(Object.keys(words.de)).toEqual(Object.keys(words.en));
    for (const key of Object.keys(words.en)) {
      const [en, de] = [words.en[key], words.de[key]];
      const texts = (v: typeof en) => (typeof v === 'string' ? [v] : [v?.one ?? '', v?.other ?? '']);
      expect(texts(en).every(Boolean), `${key} in English`).toBe(true);
      expect(texts(de).every(Boolean), `${key} in German`).toBe(true);
      const holes = (v: typeof en) => [...new Set(texts(v).join(' ').match(/\{\w+\}/g))].toSorted();
      expect(holes(de), `${key}: what is filled in`).toEqual(holes(en));
    }
    // Used: by its own folder, or by anybody for the shared words.
    const shared = dirname(file).endsWith('/ui');
    const text = files.filter((f) => !holders.includes(f) && (shared || dirname(f).startsWith(dirname(file)))).map((f) => readFileSync(f, 'utf8')).join('\n') + readFileSync(file, 'utf8').split('catalogue(')[0];
    const dynamic = [...text.matchAll(/[(`]`?([\w.]+[._])\$\{/g)].map((m) => m[1] ?? '');
    // Labels of fields are looked up by the field's name, as the history gives it.
    const byField = /label=\{(\(\w+\) =>|useWords\.word)/.test(text);
    const unused = Object.keys(words.en).filter((k) => !text.includes(`'${k}'`) && !dynamic.some((p) => k.startsWith(p)) && !(k.includes('.') && text.includes(`'${k.split('.')[0]}'`)) && !(byField && /^[a-z][a-z0-9_]*$/.test(k)));
    expect(unused, 'keys that nothing uses').toEqual([]);
  }
});

test('texts that people read come from catalogues', () => {
  const bare = files
    .filter((f) => f.endsWith('.tsx'))
    .flatMap((f) =>
      [...readFileSync(f, 'utf8').matchAll(/(?:aria-label|title|label|placeholder|description)="([A-Z][^"]*)"|>\s*([A-Z][a-z]+ [a-z][^<>{}]*)\s*</g)].map((m) => `${relative(src, f)}: ${m[1] ?? m[2]}`),
    );
  expect(bare.filter((b) => !/Breadcrumb/.test(b))).toEqual([]);
});
