// The tenant's own colour, told by its settings once they are known and kept for the next start.

const kept = 'holdfast.accent';
const usual = '#2563a8';
const valid = /^#[0-9a-f]{6}$/i;
let colour = localStorage.getItem(kept) ?? usual;
const listeners = new Set<() => void>();

export const accent = (): string => colour;

/** setAccent takes a colour such as "#2563a8"; anything else brings the usual one back. */
export function setAccent(wanted: string | undefined) {
  const next = wanted && valid.test(wanted) ? wanted : usual;
  if (next === colour) return;
  colour = next;
  localStorage.setItem(kept, next);
  for (const tell of listeners) tell();
}

/** subscribeAccent calls back at every change of it. */
export function subscribeAccent(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
