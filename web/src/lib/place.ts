import { useEffect, useSyncExternalStore } from 'react';

// What the page calls itself, for the window's title and the breadcrumb.

interface Place {
  path: string;
  title: string;
}

let place: Place = { path: '', title: '' };
const listeners = new Set<() => void>();

/** useTitle names the page: in the window's title and at the end of the breadcrumb. */
export function useTitle(title: string | undefined) {
  useEffect(() => {
    if (!title) return;
    document.title = `${title} · Holdfast`;
    place = { path: location.pathname, title };
    for (const tell of listeners) tell();
  }, [title]);
}

export function usePlace(): Place {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => place,
  );
}
