// How the start page is arranged: which widgets, in which order, how wide. Kept per person by the server.
import { useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import type { JsonObject } from '@bufbuild/protobuf';
import { useCallback, useMemo, useState } from 'react';
import { MeService } from '../../gen/holdfast/me/v1/me_pb';
import { useAct } from '../../lib/act';
import { failed } from '../../ui/fault';

export const widgets = ['numbers', 'mine', 'due', 'priority', 'age', 'risk', 'activity'] as const;
export type Widget = (typeof widgets)[number];

/** Placed is a widget that is shown. */
export interface Placed {
  widget: Widget;
  wide: boolean;
}

/** usual is the arrangement of those who never arranged anything. */
export const usual: readonly Placed[] = widgets.map((widget) => ({ widget, wide: widget === 'numbers' }));

/** readLayout takes what was stored; widgets that do not exist any more are left out. */
export function readLayout(stored: JsonObject | undefined): Placed[] {
  const list = stored?.widgets;
  if (!Array.isArray(list)) return [...usual];
  const seen = new Set<string>();
  return list.flatMap((one): Placed[] => {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return [];
    const widget = widgets.find((w) => w === one.widget);
    if (!widget || seen.has(widget)) return [];
    seen.add(widget);
    return [{ widget, wide: one.wide === true }];
  });
}

/** writeLayout is an arrangement as it is stored. */
export function writeLayout(layout: readonly Placed[]): JsonObject {
  return { widgets: layout.map(({ widget, wide }) => ({ widget, wide })) };
}

/** useLayout is the arrangement, and a way to change it. */
export function useLayout(): [Placed[], (next: readonly Placed[] | undefined) => void] {
  const queries = useQueryClient();
  const stored = useQuery(MeService.method.getDashboardLayout, {}, { staleTime: 60_000 }).data?.layout;
  // What was just arranged is drawn at once, and kept until the server has said so.
  const [mine, setMine] = useState<readonly Placed[]>();
  const { mutate } = useAct(MeService.method.updateDashboardLayout, {
    // One after the other, so that the last one stays.
    scope: { id: 'layout' },
    onError: (fault) => {
      setMine(undefined);
      failed(fault);
      void queries.invalidateQueries();
    },
  });
  const layout = useMemo(() => (mine ? [...mine] : readLayout(stored)), [mine, stored]);
  const change = useCallback(
    (next: readonly Placed[] | undefined) => {
      setMine(next ?? usual);
      mutate({ dashboardLayout: { layout: next && writeLayout(next) }, updateMask: { paths: ['layout'] } });
    },
    [mutate],
  );
  return [layout, change];
}
