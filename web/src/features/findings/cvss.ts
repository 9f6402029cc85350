// Scores of the Common Vulnerability Scoring System, versions 3.1 and 4.0 (FIRST, https://www.first.org/cvss). A table of vectors that the
// server scores keeps both the same; the server's score is the one that is stored.
import { score31 } from './cvss31';
import { score40 } from './cvss40';

export const versions = ['3.1', '4.0'] as const;
export type Version = (typeof versions)[number];

/** Metric is one base metric with the values that it can take, worst last or first as the specification has them. */
export interface Metric {
  key: string;
  values: readonly string[];
}

/** base are the metrics without which nothing can be scored, in the order of the specification. */
export const base: Record<Version, readonly Metric[]> = {
  '3.1': [
    { key: 'AV', values: ['N', 'A', 'L', 'P'] }, { key: 'AC', values: ['L', 'H'] }, { key: 'PR', values: ['N', 'L', 'H'] }, { key: 'UI', values: ['N', 'R'] },
    { key: 'S', values: ['U', 'C'] }, { key: 'C', values: ['N', 'L', 'H'] }, { key: 'I', values: ['N', 'L', 'H'] }, { key: 'A', values: ['N', 'L', 'H'] },
  ],
  '4.0': [
    { key: 'AV', values: ['N', 'A', 'L', 'P'] }, { key: 'AC', values: ['L', 'H'] }, { key: 'AT', values: ['N', 'P'] }, { key: 'PR', values: ['N', 'L', 'H'] },
    { key: 'UI', values: ['N', 'P', 'A'] }, { key: 'VC', values: ['H', 'L', 'N'] }, { key: 'VI', values: ['H', 'L', 'N'] }, { key: 'VA', values: ['H', 'L', 'N'] },
    { key: 'SC', values: ['H', 'L', 'N'] }, { key: 'SI', values: ['H', 'L', 'N'] }, { key: 'SA', values: ['H', 'L', 'N'] },
  ],
};

/** Metrics are the parts of a vector. */
export interface Metrics {
  version: Version;
  values: Record<string, string>;
}

/** partsOf takes a vector apart, whether or not it is complete. */
export function partsOf(vector: string): Metrics {
  const version: Version = vector.startsWith('CVSS:3.1/') ? '3.1' : '4.0';
  const values: Record<string, string> = {};
  for (const part of vector.split('/').slice(1)) {
    const [key, value] = part.split(':');
    if (key && value) values[key] = value;
  }
  return { version, values };
}

/** vectorOf puts a vector together: base metrics in their order, then what else there was. */
export function vectorOf({ version, values }: Metrics): string {
  const keys = base[version].map((m) => m.key).filter((k) => values[k]);
  const others = Object.keys(values).filter((k) => !base[version].some((m) => m.key === k));
  return [`CVSS:${version}`, ...[...keys, ...others].map((k) => `${k}:${values[k]}`)].join('/');
}

/** beyond are the metrics of a vector that are no base metrics. */
export function beyond({ version, values }: Metrics): string[] {
  return Object.keys(values).filter((k) => !base[version].some((m) => m.key === k));
}

/** Score is what a vector says; its severity is the qualitative word. */
export interface Score {
  score: number;
  severity: 'none' | 'low' | 'medium' | 'high' | 'critical';
}

/** scoreOf scores a complete vector; undefined while it is not one. In 3.1 it is the environmental score where the vector has such metrics,
 * else the temporal score where it has those, else the base score. */
export function scoreOf(vector: string): Score | undefined {
  const { version, values } = partsOf(vector);
  if (!vector.startsWith(`CVSS:${version}/`) || base[version].some((m) => !m.values.includes(values[m.key] ?? ''))) return undefined;
  const tenths = version === '4.0' ? score40(values) : Math.round(score31(values) * 10);
  return tenths === undefined || Number.isNaN(tenths) ? undefined : rated(tenths / 10);
}

/** rated adds the qualitative word (CVSS 3.1 section 5, CVSS 4.0 section 6: the same bounds). */
function rated(score: number): Score {
  const severity = score === 0 ? 'none' : score < 4 ? 'low' : score < 7 ? 'medium' : score < 9 ? 'high' : 'critical';
  return { score, severity };
}
