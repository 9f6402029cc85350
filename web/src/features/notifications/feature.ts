import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { Bell } from 'lucide-react';
import { NotificationService } from '../../gen/holdfast/notifications/v1/notifications_pb';
import type { Feature } from '../../lib/feature';

/** What concerns the person. */
export const feature: Feature = {
  nav: [{ wing: 'work', to: '/notifications', label: { en: 'Notifications', de: 'Benachrichtigungen' }, icon: Bell, needs: NotificationService.method.listNotifications, rank: 90 }],
  routes: (shell) => [createRoute({ getParentRoute: () => shell, path: '/notifications', component: lazyRouteComponent(() => import('./list'), 'NotificationList') })],
};
