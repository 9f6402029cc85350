// What the server says of a scanner's file, entry by entry.

export type Action = 'create' | 'duplicate' | 'error';

export interface Row {
  row: number;
  action: Action;
  id: string | null;
  title: string;
  duplicate_of: string | null;
  error: string | null;
}

export interface Outcome {
  summary: Record<Action, number>;
  rows: Row[];
}

/** formats are the files that can be imported. */
export const formats = ['sarif', 'zap', 'nessus', 'nuclei', 'csv'] as const;
export type Format = (typeof formats)[number];

/** formatOf guesses the format from a file's name; undefined where the name says too little. */
export function formatOf(name: string): Format | undefined {
  const lower = name.toLowerCase();
  if (lower.endsWith('.sarif') || lower.includes('sarif')) return 'sarif';
  if (lower.endsWith('.nessus')) return 'nessus';
  if (lower.endsWith('.jsonl') || lower.includes('nuclei')) return 'nuclei';
  if (lower.endsWith('.csv')) return 'csv';
  if (lower.endsWith('.xml') || lower.includes('zap')) return 'zap';
  return undefined;
}

/** grouped are the entries by what happens to them: refused first, then new, then known; kinds that no entry has are left out. */
export function grouped(outcome: Outcome): { action: Action; rows: Row[]; count: number }[] {
  const order: readonly Action[] = ['error', 'create', 'duplicate'];
  return order.map((action) => ({ action, count: outcome.summary[action], rows: outcome.rows.filter((r) => r.action === action) })).filter((g) => g.count > 0);
}
