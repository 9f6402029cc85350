import { expect, it } from 'vitest';
import { formatOf, grouped } from './outcome';

it('guesses the format from the name', () => {
  expect(['scan.sarif', 'results-sarif.json', 'Report.NESSUS', 'out.jsonl', 'list.csv', 'zap-report.json', 'x.xml', 'what.json'].map(formatOf)).toEqual([
    'sarif', 'sarif', 'nessus', 'nuclei', 'csv', 'zap', 'zap', undefined,
  ]);
});

it('puts what is refused first', () => {
  const row = (n: number, action: 'create' | 'error') => ({ row: n, action, id: null, title: '', duplicate_of: null, error: null });
  const groups = grouped({ summary: { create: 1, duplicate: 0, error: 1 }, rows: [row(1, 'create'), row(2, 'error')] });
  expect(groups.map((g) => [g.action, g.rows.map((r) => r.row)])).toEqual([['error', [2]], ['create', [1]]]);
});
