// The lists of the service policy are stored as a whole: these make the next list from one change.

interface Cell {
  impact: number;
  urgency: number;
  priority: number;
}

interface Target {
  priority: number;
  responseMinutes: number;
  resolveMinutes: number;
}

/** priorityOf is a cell of the matrix; 5, the last priority, where the matrix says nothing. */
export function priorityOf(matrix: readonly Cell[], impact: number, urgency: number): number {
  return matrix.find((c) => c.impact === impact && c.urgency === urgency)?.priority ?? 5;
}

/** withPriority is the whole matrix, nine cells in order, with one changed. */
export function withPriority(matrix: readonly Cell[], impact: number, urgency: number, priority: number): Cell[] {
  return [1, 2, 3].flatMap((i) =>
    [1, 2, 3].map((u) => ({ impact: i, urgency: u, priority: i === impact && u === urgency ? priority : priorityOf(matrix, i, u) })),
  );
}

/** withTarget is the list of targets with one changed, by priority; a target that promises nothing goes. */
export function withTarget<T extends Target>(targets: readonly T[], target: T): T[] {
  const others = targets.filter((s) => s.priority !== target.priority);
  const next = target.responseMinutes > 0 || target.resolveMinutes > 0 ? [...others, target] : others;
  return next.sort((a, b) => a.priority - b.priority);
}
