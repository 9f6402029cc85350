import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ScrollText } from 'lucide-react';
import { AuditService } from '../../gen/holdfast/audit/v1/audit_pb';
import type { Feature } from '../../lib/feature';

/** Audit is the journal: who did what, when and from where. */
export const feature: Feature = {
  nav: [{ wing: 'administration', to: '/audit', label: { en: 'Audit log', de: 'Protokoll' }, icon: ScrollText, needs: AuditService.method.listAuditEvents, rank: 40 }],
  routes: (shell) => [createRoute({ getParentRoute: () => shell, path: '/audit', component: lazyRouteComponent(() => import('./list'), 'AuditList') })],
};
