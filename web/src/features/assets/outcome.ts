// What the server says of an import, row by row.

export type Action = 'error' | 'create' | 'update' | 'skip';

export interface Row {
  row: number;
  action: Action;
  id: string | null;
  errors: Record<string, string>;
}

export interface Outcome {
  summary: Record<Action, number>;
  rows: Row[];
  /** The hash of the plan; sent back, it makes sure that nothing else is stored than was shown. */
  plan: string;
}

const order: readonly Action[] = ['error', 'create', 'update', 'skip'];

/** grouped are the rows by what happens to them: what is wrong first; actions that no row has are left out. */
export function grouped(outcome: Outcome): { action: Action; count: number; rows: Row[] }[] {
  return order
    .map((action) => ({ action, count: outcome.summary[action], rows: outcome.rows.filter((r) => r.action === action).map((r) => ({ ...r, errors: r.errors ?? {} })) }))
    .filter((g) => g.count > 0);
}

/** applicable is how many rows would be stored. */
export function applicable(outcome: Outcome): number {
  return outcome.summary.create + outcome.summary.update;
}
