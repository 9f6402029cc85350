import { createRoute, lazyRouteComponent, type AnyRoute } from '@tanstack/react-router';
import type { Feature } from '../../lib/feature';

const open = (root: AnyRoute, path: string, name: 'SignIn' | 'Register' | 'AcceptInvite' | 'ResetPassword') =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(() => import('./pages'), name) });

export const feature: Feature = {
  openRoutes: (root) => [open(root, '/signin', 'SignIn'), open(root, '/register', 'Register'), open(root, '/invite/$token', 'AcceptInvite'), open(root, '/reset/{-$token}', 'ResetPassword')],
};
