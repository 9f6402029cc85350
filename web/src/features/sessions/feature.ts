import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ClipboardCheck } from 'lucide-react';
import { SessionService } from '../../gen/holdfast/sessions/v1/sessions_pb';
import type { Feature } from '../../lib/feature';

/** Sessions are the security reviews, each of one asset. */
export const feature: Feature = {
  nav: [{ wing: 'reviews', to: '/sessions', label: { en: 'Review sessions', de: 'Prüfungen' }, icon: ClipboardCheck, needs: SessionService.method.listSessions, rank: 20 }],
  kinds: [{ kind: 'session', word: 'sessions', label: { en: 'Review session', de: 'Prüfung' }, icon: ClipboardCheck, service: SessionService }],
  commands: [{ label: { en: 'New review session', de: 'Neue Prüfung' }, icon: ClipboardCheck, to: '/sessions?new', needs: SessionService.method.createSession, creates: true }],
  routes: (shell) => [
    createRoute({ getParentRoute: () => shell, path: '/sessions', component: lazyRouteComponent(() => import('./list'), 'SessionList') }),
    createRoute({ getParentRoute: () => shell, path: '/sessions/$id', component: lazyRouteComponent(() => import('./detail'), 'SessionPage') }),
    createRoute({ getParentRoute: () => shell, path: '/sessions/$id/import', component: lazyRouteComponent(() => import('./import'), 'SessionImport') }),
  ],
};
