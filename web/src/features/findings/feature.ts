import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { Bug } from 'lucide-react';
import { FindingService } from '../../gen/holdfast/findings/v1/findings_pb';
import type { Feature } from '../../lib/feature';

/** Findings are the weaknesses that reviews bring to light. */
export const feature: Feature = {
  nav: [{ wing: 'reviews', to: '/findings', label: { en: 'Findings', de: 'Befunde' }, icon: Bug, needs: FindingService.method.listFindings, tile: 'findings.open', rank: 30 }],
  kinds: [{ kind: 'finding', word: 'findings', label: { en: 'Finding', de: 'Befund' }, icon: Bug, service: FindingService }],
  commands: [{ label: { en: 'New finding', de: 'Neuer Befund' }, icon: Bug, to: '/findings?new', needs: FindingService.method.createFinding, creates: true }],
  routes: (shell) => [
    createRoute({ getParentRoute: () => shell, path: '/findings', component: lazyRouteComponent(() => import('./list'), 'FindingList') }),
    createRoute({ getParentRoute: () => shell, path: '/findings/$id', component: lazyRouteComponent(() => import('./detail'), 'FindingPage') }),
  ],
};
