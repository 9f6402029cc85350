import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Feature } from '../../lib/feature';

/** The person's own page: how things look, password, second factor, sessions, tokens. */
export const feature: Feature = {
  routes: (shell) => [createRoute({ getParentRoute: () => shell, path: '/profile', component: lazyRouteComponent(() => import('./profile'), 'Profile') })],
};
