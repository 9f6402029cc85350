import { useLocation, useNavigate } from '@tanstack/react-router';
import { useCallback, useMemo } from 'react';
import { oneOf, parseSearch, type Search } from '../lib/address';

/** useAddress is the address bar's parameters, and a way to change some: undefined or empty takes one away. */
export function useAddress(): [Search, (changes: Record<string, string | string[] | undefined>, push?: boolean) => void] {
  const { searchStr } = useLocation();
  const navigate = useNavigate();
  const search = useMemo(() => parseSearch(searchStr), [searchStr]);
  const change = useCallback(
    (changes: Record<string, string | string[] | undefined>, push = false) => {
      const now = parseSearch(location.search);
      for (const [key, value] of Object.entries(changes)) {
        if (value === undefined || value.length === 0) delete now[key];
        else now[key] = value;
      }
      void navigate({ to: '.', search: now, replace: !push });
    },
    [navigate],
  );
  return [search, change];
}

/** Order is what a list is sorted by. */
export interface Order {
  key: string;
  down: boolean;
}

/** orderOf reads "-created_at". Of several only the first is drawn. */
export function orderOf(search: Search, usual: string): Order {
  const first = (oneOf(search.order_by) || usual).split(',')[0] ?? '';
  return first.startsWith('-') ? { key: first.slice(1), down: true } : { key: first, down: false };
}
