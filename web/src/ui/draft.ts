import { useEffect, useState, type Dispatch, type SetStateAction } from 'react';
import { dropDraft, keepDraft, readDraft } from '../lib/drafts';

// Timestamps hold a bigint, which JSON does not know.
const plain = (value: unknown): string | undefined => JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v));

/** useDraft is a state like useState's that survives a closed dialog, an error and a reload: it is kept under its name while it differs
 * from what it began with. Done forgets it, once it is stored. */
export function useDraft<T>(name: string, first: T): [T, Dispatch<SetStateAction<T>>, () => void] {
  const [value, setValue] = useState<T>(() => readDraft<T>(name) ?? first);
  const differs = plain(value) !== plain(first);
  useEffect(() => {
    if (differs) keepDraft(name, value);
    else dropDraft(name);
  }, [name, value, differs]);
  const done = () => {
    dropDraft(name);
    setValue(first);
  };
  return [value, setValue, done];
}
