// What was typed and not yet stored. It survives an error, a lost connection and a reload, and goes when it is stored or discarded.
import { userId } from './session';

const prefix = 'holdfast.draft.';
const keepFor = 7 * 86_400_000;

interface Kept {
  at: number;
  by: string;
  value: unknown;
}

/** readDraft answers what was kept under a name; undefined when there is none, or it is somebody else's. */
export function readDraft<T>(name: string): T | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(prefix + name) ?? 'null', revive) as Kept | null;
    if (!kept || kept.by !== userId() || Date.now() - kept.at > keepFor) return undefined;
    return kept.value as T;
  } catch {
    return undefined;
  }
}

/** keepDraft keeps a value under a name. */
export function keepDraft(name: string, value: unknown) {
  try {
    localStorage.setItem(prefix + name, JSON.stringify({ at: Date.now(), by: userId(), value } satisfies Kept, replace));
  } catch {
    // The browser's store is full or closed: the form works without.
  }
}

/** dropDraft forgets a name. */
export function dropDraft(name: string) {
  localStorage.removeItem(prefix + name);
}

/** sweepDrafts forgets what is too old, once at start. */
export function sweepDrafts() {
  for (const key of Object.keys(localStorage).filter((k) => k.startsWith(prefix))) {
    try {
      const kept = JSON.parse(localStorage.getItem(key) ?? '') as Kept;
      if (Date.now() - kept.at > keepFor) localStorage.removeItem(key);
    } catch {
      localStorage.removeItem(key);
    }
  }
}

// Timestamps hold a bigint, which JSON does not know.
function replace(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { $bigint: value.toString() } : value;
}

function revive(_: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && '$bigint' in value ? BigInt(String(value.$bigint)) : value;
}
