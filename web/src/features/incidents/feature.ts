import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { Siren } from 'lucide-react';
import { IncidentService } from '../../gen/holdfast/incidents/v1/incidents_pb';
import type { Feature } from '../../lib/feature';

/** Incidents are unplanned interruptions, from the report to the end. */
export const feature: Feature = {
  nav: [{ wing: 'work', to: '/incidents', label: { en: 'Incidents', de: 'Störungen' }, icon: Siren, needs: IncidentService.method.listIncidents, tile: 'incidents.open', rank: 10 }],
  kinds: [{ kind: 'incident', word: 'incidents', label: { en: 'Incident', de: 'Störung' }, icon: Siren, service: IncidentService }],
  commands: [{ label: { en: 'New incident', de: 'Neue Störung' }, icon: Siren, to: '/incidents?new', needs: IncidentService.method.createIncident, creates: true }],
  routes: (shell) => [
    createRoute({ getParentRoute: () => shell, path: '/incidents', component: lazyRouteComponent(() => import('./list'), 'IncidentList') }),
    createRoute({ getParentRoute: () => shell, path: '/incidents/$id', component: lazyRouteComponent(() => import('./detail'), 'IncidentPage') }),
  ],
};
