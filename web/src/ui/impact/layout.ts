// The picture of an impact: the failing asset at the left, every further step one column to the right.

/** Hit is one asset that a failure reaches, with the asset before it on the way. */
export interface Hit {
  id: string;
  distance: number;
  /** The asset before it; the failing one for those one step away. */
  from: string;
}

export interface Placed {
  id: string;
  x: number;
  y: number;
}

export const column = 250;
export const line = 64;

/** layout places the failing asset and all hits. Within a column hits stand in the order of those that they come from, so that lines cross
 * little; each column is centred on the tallest. */
export function layout(root: string, hits: readonly Hit[]): Placed[] {
  const columns: Hit[][] = [];
  for (const h of hits) (columns[h.distance] ??= []).push(h);
  const order = new Map<string, number>([[root, 0]]);
  const tallest = Math.max(1, ...Array.from(columns, (c) => c?.length ?? 0));
  const placed: Placed[] = [{ id: root, x: 0, y: ((tallest - 1) * line) / 2 }];
  for (const [distance, hitsHere] of columns.entries()) {
    if (!hitsHere) continue;
    const sorted = hitsHere.toSorted((a, b) => (order.get(a.from) ?? 0) - (order.get(b.from) ?? 0));
    sorted.forEach((h, i) => {
      order.set(h.id, i);
      placed.push({ id: h.id, x: distance * column, y: (i + (tallest - sorted.length) / 2) * line });
    });
  }
  return placed;
}
