// The score of CVSS 3.1 (FIRST, sections 7 and appendix A): base, temporal or environmental, by what the vector has.

const weights: Record<string, Record<string, number>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  E: { X: 1, U: 0.91, P: 0.94, F: 0.97, H: 1 },
  RL: { X: 1, O: 0.95, T: 0.96, W: 0.97, U: 1 },
  RC: { X: 1, U: 0.92, R: 0.96, C: 1 },
  R: { X: 1, L: 0.5, M: 1, H: 1.5 },
};
const privileges: Record<string, Record<string, number>> = { U: { N: 0.85, L: 0.62, H: 0.27 }, C: { N: 0.85, L: 0.68, H: 0.5 } };

const temporal = ['E', 'RL', 'RC'];
const environmental = ['CR', 'IR', 'AR', 'MAV', 'MAC', 'MPR', 'MUI', 'MS', 'MC', 'MI', 'MA'];

/** roundUp is the smallest number with one decimal that is not below, as appendix A has it: in whole hundred-thousandths. */
function roundUp(n: number): number {
  const whole = Math.round(n * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}

/** score31 is the score of a complete vector: environmental where it has environmental metrics, else temporal where it has temporal ones,
 * else base. NaN where a value is unknown. */
export function score31(values: Record<string, string>): number {
  const has = (keys: readonly string[]) => keys.some((k) => values[k] && values[k] !== 'X');
  const weight = (table: string, value: string | undefined) => weights[table]?.[value ?? 'X'] ?? NaN;
  const time = weight('E', values.E) * weight('RL', values.RL) * weight('RC', values.RC);
  const adapted = has(environmental);
  const own = (k: string) => (adapted && values[`M${k}`] && values[`M${k}`] !== 'X' ? values[`M${k}`] : values[k]) ?? '';
  const changed = own('S') === 'C';
  const exploitability = 8.22 * weight('AV', own('AV')) * weight('AC', own('AC')) * (privileges[own('S')]?.[own('PR')] ?? NaN) * weight('UI', own('UI'));
  const part = (k: string) => 1 - weight('C', own(k)) * (adapted ? weight('R', values[`${k}R`]) : 1);
  let impact: number;
  if (adapted) {
    const sub = Math.min(1 - part('C') * part('I') * part('A'), 0.915);
    impact = changed ? 7.52 * (sub - 0.029) - 3.25 * (sub * 0.9731 - 0.02) ** 13 : 6.42 * sub;
  } else {
    const sub = 1 - part('C') * part('I') * part('A');
    impact = changed ? 7.52 * (sub - 0.029) - 3.25 * (sub - 0.02) ** 15 : 6.42 * sub;
  }
  if (Number.isNaN(impact) || Number.isNaN(exploitability) || Number.isNaN(time)) return NaN;
  if (impact <= 0) return 0;
  const score = roundUp(Math.min(changed ? 1.08 * (impact + exploitability) : impact + exploitability, 10));
  return adapted || has(temporal) ? roundUp(score * time) : score;
}
