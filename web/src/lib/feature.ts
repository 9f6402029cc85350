// What a feature tells the app about itself, in features/<word>/feature.ts(x). The app finds the file by its name.
import type { DescMethod } from '@bufbuild/protobuf';
import type { AnyRoute } from '@tanstack/react-router';
import type { Text } from './i18n';
import type { Icon, Kind } from './kinds';

/** The groups of the navigation, in their order. */
export const wings = ['work', 'assets', 'reviews', 'security', 'compliance', 'edge', 'administration'] as const;
export type Wing = (typeof wings)[number];

/** Entry is a line of the navigation. */
export interface Entry {
  wing: Wing;
  to: string;
  label: Text;
  icon: Icon;
  /** It is drawn for those who may call this. */
  needs: DescMethod;
  /** The tile of StatsService.GetOverview whose number stands beside it, such as "incidents.open.mine". */
  tile?: string;
  /** Its place within the wing; small ones first. */
  rank?: number;
}

/** Command is something that the palette runs. */
export interface Command {
  label: Text;
  icon?: Icon;
  /** Where it leads, such as "/sites?new". */
  to: string;
  /** It is offered to those who may call this. */
  needs: DescMethod;
  /** True puts it into the top bar's menu for new records, too. */
  creates?: boolean;
}

/** Feature is what a feature registers. */
export interface Feature {
  nav?: Entry[];
  kinds?: Kind[];
  commands?: Command[];
  /** Its routes below the shell: signed in, with navigation. */
  routes?: (shell: AnyRoute) => AnyRoute[];
  /** Routes without shell, which need no sign-in. */
  openRoutes?: (root: AnyRoute) => AnyRoute[];
}
