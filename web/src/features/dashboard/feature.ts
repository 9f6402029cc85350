import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { LayoutDashboard } from 'lucide-react';
import { StatsService } from '../../gen/holdfast/stats/v1/stats_pb';
import type { Feature } from '../../lib/feature';

/** The start page: what matters at a glance. */
export const feature: Feature = {
  nav: [{ wing: 'work', to: '/', label: { en: 'Start', de: 'Start' }, icon: LayoutDashboard, needs: StatsService.method.getOverview, rank: 0 }],
  routes: (shell) => [createRoute({ getParentRoute: () => shell, path: '/', component: lazyRouteComponent(() => import('./dashboard'), 'Dashboard') })],
};
