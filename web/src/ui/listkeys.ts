import { useEffect, useRef } from 'react';

interface Keys {
  next: () => void;
  previous: () => void;
  pick: () => void;
  search: () => void;
  create: () => void;
  edit: () => void;
  escape: () => void;
}

const byKey: Record<string, keyof Keys> = { j: 'next', k: 'previous', x: 'pick', '/': 'search', c: 'create', e: 'edit', Escape: 'escape' };

/** useListKeys runs the keys of lists while nobody types and no dialog is open. Enter opens by itself: the row's title is a button. */
export function useListKeys(keys: Keys) {
  const now = useRef(keys);
  useEffect(() => {
    now.current = keys;
  });
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
      if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) {
        if (e.key !== 'Escape' && (target as HTMLInputElement).type !== 'checkbox') return;
        if (e.key === 'Escape' && (target as HTMLInputElement).type !== 'checkbox') {
          if (target.closest('.hf-listbar')) target.blur();
          return;
        }
      }
      if (document.querySelector('[role="dialog"][aria-modal="true"], [role="menu"], [role="listbox"]')) return;
      const does = byKey[e.key];
      if (!does) return;
      e.preventDefault();
      now.current[does]();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}
