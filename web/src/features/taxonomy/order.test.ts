import { expect, it } from 'vitest';
import { moved, numbered, valueOf } from './order';

const list = (...names: string[]) => numbered(names.map((name) => ({ name, sortOrder: 0 })));

it('moves a word, and gives each its place', () => {
  expect(moved(list('a', 'b', 'c'), 2, -1)).toEqual([{ name: 'a', sortOrder: 10 }, { name: 'c', sortOrder: 20 }, { name: 'b', sortOrder: 30 }]);
  expect(moved(list('a', 'b'), 1, 1).map((w) => w.name)).toEqual(['a', 'b']);
  expect(moved(list('a', 'b'), 0, -1).map((w) => w.name)).toEqual(['a', 'b']);
});

it('makes a value of a label', () => {
  expect(valueOf('Very high!')).toBe('very_high');
  expect(valueOf('3. Größe')).toBe('gro_e');
  expect(valueOf('—')).toBe('');
});
