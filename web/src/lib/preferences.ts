// How the person likes things: language, theme, columns, start page. Kept by the server, so that it is the same at every desk.
import { useMantineColorScheme } from '@mantine/core';
import { createConnectQueryKey, useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import type { JsonObject } from '@bufbuild/protobuf';
import { useCallback, useEffect } from 'react';
import { MeService, type Branding, type Preferences } from '../gen/holdfast/me/v1/me_pb';
import { useAct } from './act';
import { setLocale } from './i18n';

/** usePreferences are the person's; undefined until they are known. */
export function usePreferences(): Preferences | undefined {
  return useQuery(MeService.method.getPreferences, {}, { staleTime: 5 * 60_000 }).data;
}

/** useSetPreferences changes the named ones. */
export function useSetPreferences() {
  const act = useAct(MeService.method.updatePreferences, { scope: { id: 'preferences' } });
  const { mutateAsync } = act;
  const set = useCallback(
    (preferences: Partial<Pick<Preferences, 'locale' | 'theme' | 'listColumns' | 'eventsApp' | 'eventsMail'>>) =>
      mutateAsync({
        preferences,
        updateMask: { paths: Object.keys(preferences).map((k) => k.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)) },
      }),
    [mutateAsync],
  );
  return { set, saving: act.isPending, error: act.error };
}

/** useLook is how the tenant shows itself, and its language; undefined until it is known. */
export function useLook(): Branding | undefined {
  return useQuery(MeService.method.getBranding, {}, { staleTime: 5 * 60_000 }).data;
}

/** usePreferencesAtStart takes language and theme from the server once they are known: the person's own, else the tenant's. */
export function usePreferencesAtStart() {
  const kept = usePreferences();
  const tenants = useLook()?.locale;
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    if (!kept) return;
    setLocale(kept.locale || tenants || null);
    setColorScheme(kept.theme === 'light' || kept.theme === 'dark' ? kept.theme : 'auto');
  }, [kept, tenants, setColorScheme]);
}

/** useColumns are the columns of one list as the person chose them; undefined for the list's own. */
export function useColumns(word: string): [string[] | undefined, (columns: string[] | undefined) => void] {
  const kept = usePreferences();
  const queries = useQueryClient();
  const { set } = useSetPreferences();
  const chosen = kept?.listColumns?.[word];
  const choose = useCallback(
    (columns: string[] | undefined) => {
      const all: JsonObject = {};
      // Drawn at once, and the next choice builds on it; the server has the last word.
      queries.setQueriesData<Preferences>({ queryKey: createConnectQueryKey({ schema: MeService.method.getPreferences, cardinality: 'finite' }) }, (now) => {
        Object.assign(all, now?.listColumns);
        if (columns) all[word] = columns;
        else delete all[word];
        return now && { ...now, listColumns: all };
      });
      void set({ listColumns: all }).catch(() => queries.invalidateQueries());
    },
    [set, word, queries],
  );
  return [Array.isArray(chosen) ? chosen.map(String) : undefined, choose];
}
