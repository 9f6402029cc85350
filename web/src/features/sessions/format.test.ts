import { expect, it } from 'vitest';
import { formatOf } from './format';

it('guesses the format from the name', () => {
  expect(['scan.sarif', 'results-sarif.json', 'Report.NESSUS', 'out.jsonl', 'list.csv', 'zap-report.json', 'x.xml', 'what.json'].map(formatOf)).toEqual([
    'sarif', 'sarif', 'nessus', 'nuclei', 'csv', 'zap', 'zap', undefined,
  ]);
});
