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
