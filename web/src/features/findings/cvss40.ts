// The score of CVSS 4.0 (FIRST, section 8), by the same exact arithmetic as the server's: in whole numbers, rounded half up.

/** The values of the metrics, the most severe first. */
const levels: Record<string, string> = {
  AV: 'NALP', PR: 'NLH', UI: 'NPA', AC: 'LH', AT: 'NP', VC: 'HLN', VI: 'HLN', VA: 'HLN', SC: 'HLN', SI: 'SHLN', SA: 'SHLN', CR: 'HML', IR: 'HML', AR: 'HML', E: 'APU',
};

/** Metrics that are judged together: the highest vectors of each level, and the steps from there to the next one (tables 24 to 30). */
const equivalences: readonly { metrics: readonly string[]; highest: Record<string, readonly string[]>; depth: Record<string, number> }[] = [
  { metrics: ['AV', 'PR', 'UI'], highest: { 0: ['NNN'], 1: ['ANN', 'NLN', 'NNP'], 2: ['PNN', 'ALP'] }, depth: { 0: 1, 1: 4, 2: 5 } },
  { metrics: ['AC', 'AT'], highest: { 0: ['LN'], 1: ['LP', 'HN'] }, depth: { 0: 1, 1: 2 } },
  {
    metrics: ['VC', 'VI', 'VA', 'CR', 'IR', 'AR'],
    highest: { '00': ['HHHHHH'], '01': ['HHLMMH', 'HHHMMM'], 10: ['LHHHHH', 'HLHHHH'], 11: ['HLHMHM', 'HLLMHH', 'LHHHMM', 'LHLHMH', 'LLHHHM'], 21: ['LLLHHH'] },
    depth: { '00': 7, '01': 6, 10: 8, 11: 8, 21: 10 },
  },
  { metrics: ['SC', 'SI', 'SA'], highest: { 0: ['HSS'], 1: ['HHH'], 2: ['LLL'] }, depth: { 0: 6, 1: 5, 2: 4 } },
];

/** The lookup table of section 8.1, in tenths, by the levels of EQ1 to EQ6. */
const macroVectors = new Map(
  (
    '000000:100 000001:99 000010:98 000011:95 000020:95 000021:92 000100:100 000101:96 000110:93 000111:87 000120:91 000121:81 ' +
    '000200:93 000201:90 000210:89 000211:80 000220:81 000221:68 001000:98 001001:95 001010:95 001011:92 001020:90 001021:84 ' +
    '001100:93 001101:92 001110:89 001111:81 001120:81 001121:65 001200:88 001201:80 001210:78 001211:70 001220:69 001221:48 ' +
    '002001:92 002011:82 002021:72 002101:79 002111:69 002121:50 002201:69 002211:55 002221:27 010000:99 010001:97 010010:95 ' +
    '010011:92 010020:92 010021:85 010100:95 010101:91 010110:90 010111:83 010120:84 010121:71 010200:92 010201:81 010210:82 ' +
    '010211:71 010220:72 010221:53 011000:95 011001:93 011010:92 011011:85 011020:85 011021:73 011100:92 011101:82 011110:80 ' +
    '011111:72 011120:70 011121:59 011200:84 011201:70 011210:71 011211:52 011220:50 011221:30 012001:86 012011:75 012021:52 ' +
    '012101:71 012111:52 012121:29 012201:63 012211:29 012221:17 100000:98 100001:95 100010:94 100011:87 100020:91 100021:81 ' +
    '100100:94 100101:89 100110:86 100111:74 100120:77 100121:64 100200:87 100201:75 100210:74 100211:63 100220:63 100221:49 ' +
    '101000:94 101001:89 101010:88 101011:77 101020:76 101021:67 101100:86 101101:76 101110:74 101111:58 101120:59 101121:50 ' +
    '101200:72 101201:57 101210:57 101211:52 101220:52 101221:25 102001:83 102011:70 102021:54 102101:65 102111:58 102121:26 ' +
    '102201:53 102211:21 102221:13 110000:95 110001:90 110010:88 110011:76 110020:76 110021:70 110100:90 110101:77 110110:75 ' +
    '110111:62 110120:61 110121:53 110200:77 110201:66 110210:68 110211:59 110220:52 110221:30 111000:89 111001:78 111010:76 ' +
    '111011:67 111020:62 111021:58 111100:74 111101:59 111110:57 111111:57 111120:47 111121:23 111200:61 111201:52 111210:57 ' +
    '111211:29 111220:24 111221:16 112001:71 112011:59 112021:30 112101:58 112111:26 112121:15 112201:23 112211:13 112221:6 ' +
    '200000:93 200001:87 200010:86 200011:72 200020:75 200021:58 200100:86 200101:74 200110:74 200111:61 200120:56 200121:34 ' +
    '200200:70 200201:54 200210:52 200211:40 200220:40 200221:22 201000:85 201001:75 201010:74 201011:55 201020:62 201021:51 ' +
    '201100:72 201101:57 201110:55 201111:41 201120:46 201121:19 201200:53 201201:36 201210:34 201211:19 201220:19 201221:8 ' +
    '202001:64 202011:51 202021:20 202101:47 202111:21 202121:11 202201:24 202211:9 202221:4 210000:88 210001:75 210010:73 ' +
    '210011:53 210020:60 210021:50 210100:73 210101:55 210110:59 210111:40 210120:41 210121:20 210200:54 210201:43 210210:45 ' +
    '210211:22 210220:20 210221:11 211000:75 211001:55 211010:58 211011:45 211020:40 211021:21 211100:61 211101:51 211110:48 ' +
    '211111:18 211120:20 211121:9 211200:46 211201:18 211210:17 211211:7 211220:8 211221:2 212001:53 212011:24 212021:14 ' +
    '212101:24 212111:12 212121:5 212201:10 212211:3 212221:1'
  )
    .split(' ')
    .map((pair) => [pair.slice(0, 6), Number(pair.slice(7))] as const),
);

/** A multiple of all depths. */
const common = 840;

/** score40 is the score of a complete vector in tenths; undefined where a value is unknown. */
export function score40(values: Record<string, string>): number | undefined {
  const value = (m: string) => {
    const modified = values[`M${m}`];
    if (modified && modified !== 'X') return modified;
    const own = values[m];
    return own && own !== 'X' ? own : m === 'E' ? 'A' : 'H';
  };
  if (Object.entries(levels).some(([m, known]) => !known.includes(value(m)))) return undefined;
  const is = (m: string, level: string) => value(m) === level;
  if (['VC', 'VI', 'VA', 'SC', 'SI', 'SA'].every((m) => is(m, 'N'))) return 0;
  const eq = macroVector(is);
  const at = (step: readonly [number, number][]) => macroVectors.get(eq.map((n, i) => n + (step.find(([k]) => k === i)?.[1] ?? 0)).join('')) ?? 0;
  const highest = at([]);
  let lower = at([[4, 1]]) ? 1 : 0; // E alone: no distance within a level
  let sum = 0;
  equivalences.forEach((e, i) => {
    const level = i === 2 ? `${eq[2]}${eq[5]}` : `${eq[i]}`;
    const next = i === 2 ? Math.max(at([[2, 1]]), at([[5, 1]])) : at([[i, 1]]);
    if (!next) return;
    lower++;
    sum += (highest - next) * distance(e.metrics, e.highest[level] ?? [], value) * (common / (e.depth[level] ?? 1));
  });
  if (!lower) return highest;
  const whole = common * lower;
  return Math.max(0, Math.min(100, Math.floor((2 * (highest * whole - sum) + whole) / (2 * whole))));
}

/** distance is how many steps a vector lies below the first of the highest vectors that is above it. */
function distance(metrics: readonly string[], highest: readonly string[], value: (m: string) => string): number {
  for (const top of highest) {
    const steps = metrics.map((m, i) => (levels[m] ?? '').indexOf(value(m)) - (levels[m] ?? '').indexOf(top[i] ?? ''));
    if (steps.every((n) => n >= 0)) return steps.reduce((a, b) => a + b, 0);
  }
  return 0;
}

/** macroVector is the levels of EQ1 to EQ6 (section 8.2). */
function macroVector(is: (m: string, level: string) => boolean): number[] {
  const [n, p, u] = [is('AV', 'N'), is('PR', 'N'), is('UI', 'N')];
  const [c, i, a] = [is('VC', 'H'), is('VI', 'H'), is('VA', 'H')];
  return [
    n && p && u ? 0 : (n || p || u) && !is('AV', 'P') ? 1 : 2,
    is('AC', 'L') && is('AT', 'N') ? 0 : 1,
    c && i ? 0 : c || i || a ? 1 : 2,
    is('SI', 'S') || is('SA', 'S') ? 0 : is('SC', 'H') || is('SI', 'H') || is('SA', 'H') ? 1 : 2,
    is('E', 'U') ? 2 : is('E', 'P') ? 1 : 0,
    (is('CR', 'H') && c) || (is('IR', 'H') && i) || (is('AR', 'H') && a) ? 0 : 1,
  ];
}
