// Some calls need a fresh proof of who sits here (the reason confirm_first). Whoever makes such a call need not know: the transport asks
// for the proof once for all that wait, and repeats them.

let asking = false;
let waiting: ((proven: boolean) => void)[] = [];
const listeners = new Set<() => void>();

function set(next: boolean) {
  asking = next;
  for (const tell of listeners) tell();
}

/** prove asks the person for a proof; false where they would rather not. */
export function prove(): Promise<boolean> {
  if (!asking) set(true);
  return new Promise((go) => waiting.push(go));
}

/** proved ends the question. */
export function proved(yes: boolean) {
  const all = waiting;
  waiting = [];
  set(false);
  for (const go of all) go(yes);
}

/** subscribe calls back when the question comes or goes. */
export function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

export const proving = (): boolean => asking;
