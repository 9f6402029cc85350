// Whether the server answers. The banner in the shell draws it; calls tell it.

let silentSince = 0;
let probe: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function tell() {
  for (const one of listeners) one();
}

/** noteAnswer says that the server has just answered. */
export function noteAnswer() {
  if (!silentSince) return;
  silentSince = 0;
  clearTimeout(probe);
  tell();
}

/** noteSilence says that a call found no server. It looks again by itself until there is one. */
export function noteSilence() {
  if (silentSince) return;
  silentSince = Date.now();
  tell();
  look(2000);
}

function look(after: number) {
  clearTimeout(probe);
  probe = setTimeout(async () => {
    if (!silentSince) return;
    try {
      const answer = await fetch('/api/v1/health/ready', { cache: 'no-store' });
      if (answer.ok) {
        noteAnswer();
        return;
      }
    } catch {
      // Still silent.
    }
    look(Math.min(after * 1.5, 15_000));
  }, after);
}

/** lookNow tries at once. */
export function lookNow() {
  look(0);
}

export const silent = (): boolean => silentSince > 0;

export function subscribe(tellMe: () => void): () => void {
  listeners.add(tellMe);
  return () => listeners.delete(tellMe);
}

if (typeof window !== 'undefined') {
  window.addEventListener('offline', noteSilence);
  window.addEventListener('online', lookNow);
}
