import { useCallback, useEffect, useState } from 'react';

const openers = new Set<() => void>();

/** What was typed since the palette was asked for, until its field is there; undefined while nobody waits for it. */
let early: string | undefined;

/** openPalette opens the command palette, or closes it. What is typed meanwhile is for its field: see typedEarly. */
export function openPalette() {
  early = '';
  for (const open of openers) open();
}

/** typedEarly hands over what was typed before the palette's field was there. From then on keys are nobody's concern here. */
export function typedEarly(): string {
  const text = early ?? '';
  early = undefined;
  return text;
}

/** typing tells whether keys belong to a field now. */
export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** useGlobalKeys listens for Ctrl/Cmd-K (palette) and ? (help). palette becomes true at the first use, so that its code loads then. */
export function useGlobalKeys() {
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  useEffect(() => {
    const open = () => setPalette(true);
    openers.add(open);
    const press = (e: KeyboardEvent) => {
      if ((e.ctrlKey || e.metaKey) && !e.altKey && e.key.toLowerCase() === 'k') {
        e.preventDefault();
        openPalette();
      } else if (early !== undefined && e.key.length === 1 && !e.ctrlKey && !e.metaKey && !typing(e.target)) {
        e.preventDefault();
        early += e.key;
      } else if (e.key === '?' && !e.ctrlKey && !e.metaKey && !typing(e.target)) {
        e.preventDefault();
        setHelp(true);
      }
    };
    // Before those of lists and buttons, which leave alone what is taken here.
    window.addEventListener('keydown', press, true);
    return () => {
      window.removeEventListener('keydown', press, true);
      openers.delete(open);
    };
  }, []);
  return { help, closeHelp: useCallback(() => setHelp(false), []), palette };
}

/** onPalette calls back when the palette shall open. */
export function onPalette(open: () => void): () => void {
  openers.add(open);
  return () => openers.delete(open);
}
