import { expect, it } from 'vitest';
import { column, layout, line } from './layout';

it('puts each step into a column of its own, centred, children beside their parents', () => {
  const at = new Map(
    layout('root', [
      { id: 'a', distance: 1, from: 'root' },
      { id: 'b', distance: 1, from: 'root' },
      { id: 'of-b', distance: 2, from: 'b' },
      { id: 'of-a', distance: 2, from: 'a' },
      { id: 'deep', distance: 3, from: 'of-a' },
    ]).map((p) => [p.id, p]),
  );
  expect(at.get('root')).toEqual({ id: 'root', x: 0, y: line / 2 });
  expect(at.get('a')?.y).toBe(0);
  expect(at.get('b')?.y).toBe(line);
  expect(at.get('of-a')?.y).toBeLessThan(at.get('of-b')?.y ?? 0);
  expect(at.get('deep')).toEqual({ id: 'deep', x: 3 * column, y: line / 2 });
});

it('draws a lonely asset', () => {
  expect(layout('root', [])).toEqual([{ id: 'root', x: 0, y: 0 }]);
});
