import { useCallback, useEffect, useState } from 'react';

const openers = new Set<() => void>();

/** openPalette opens the command palette. */
export function openPalette() {
  for (const open of openers) open();
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
      } else if (e.key === '?' && !e.ctrlKey && !e.metaKey && !typing(e.target)) {
        e.preventDefault();
        setHelp(true);
      }
    };
    window.addEventListener('keydown', press);
    return () => {
      window.removeEventListener('keydown', press);
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
