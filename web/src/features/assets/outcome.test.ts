import { expect, it } from 'vitest';
import { applicable, grouped, type Outcome } from './outcome';

const outcome: Outcome = {
  summary: { create: 1, update: 0, skip: 2, error: 1 },
  rows: [
    { row: 1, action: 'skip', id: 'a', errors: {} },
    { row: 2, action: 'error', id: null, errors: { name: 'must not be empty' } },
    { row: 3, action: 'create', id: null, errors: {} },
    { row: 4, action: 'skip', id: 'b', errors: {} },
  ],
  plan: 'x',
};

it('puts what is wrong first and leaves out what does not happen', () => {
  expect(grouped(outcome).map((g) => [g.action, g.count, g.rows.map((r) => r.row)])).toEqual([
    ['error', 1, [2]],
    ['create', 1, [3]],
    ['skip', 2, [1, 4]],
  ]);
});

it('counts what would be stored', () => {
  expect(applicable(outcome)).toBe(1);
});
