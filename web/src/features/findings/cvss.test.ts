import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { base, beyond, partsOf, scoreOf, vectorOf } from './cvss';

describe('the CVSS calculator', () => {
  // The same vectors and scores as in the specifications' examples and the server's tests.
  it.each([
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8, 'critical'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:U', 7.8, 'high'],
    ['CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N', 0, 'none'],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 9.3, 'critical'],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:H/VI:L/VA:N/SC:H/SI:H/SA:H', 8.6, 'high'],
    ['CVSS:4.0/AV:N/AC:L/AT:P/PR:H/UI:A/VC:N/VI:H/VA:L/SC:N/SI:N/SA:L', 5.7, 'medium'],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:L/E:P', 6.2, 'medium'],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N', 0, 'none'],
  ])('scores %s', (vector, score, severity) => {
    expect(scoreOf(vector)).toEqual({ score, severity });
  });
  it('agrees with the server on every vector of its table', () => {
    const table = readFileSync(join(import.meta.dirname, '../../../../server/internal/cvss/testdata/scores.tsv'), 'utf8').trim().split('\n');
    expect(table.length).toBeGreaterThanOrEqual(3000);
    const other = table.filter((line) => line.split('\t')[1] !== scoreOf(line.split('\t')[0] ?? '')?.score.toFixed(1));
    expect(other).toEqual([]);
  });
  it('says nothing of what is no complete vector', () => {
    for (const v of ['', 'AV:N', 'CVSS:3.1/AV:N', 'CVSS:4.0/AV:N/AC:L', 'CVSS:2.0/AV:N', 'CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H']) expect(scoreOf(v), v).toBeUndefined();
  });
  it('keeps the order of the base metrics, and what else there is', () => {
    const parts = partsOf('CVSS:3.1/A:H/AV:N/E:P');
    expect(beyond(parts)).toEqual(['E']);
    expect(vectorOf({ ...parts, values: { ...parts.values, AC: 'L' } })).toBe('CVSS:3.1/AV:N/AC:L/A:H/E:P');
  });
  it('scores every combination of two values of a metric without failing', () => {
    for (const version of ['3.1', '4.0'] as const) {
      const first = Object.fromEntries(base[version].map((m) => [m.key, m.values[0] ?? '']));
      for (const m of base[version]) for (const value of m.values) expect(scoreOf(vectorOf({ version, values: { ...first, [m.key]: value } })), `${m.key}:${value}`).toBeDefined();
    }
  });
});
