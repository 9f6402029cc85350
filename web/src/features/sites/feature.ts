import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { MapPin } from 'lucide-react';
import { SiteService } from '../../gen/holdfast/sites/v1/sites_pb';
import type { Feature } from '../../lib/feature';

/** Sites are the places where assets stand. */
export const feature: Feature = {
  nav: [{ wing: 'assets', to: '/sites', label: { en: 'Sites', de: 'Standorte' }, icon: MapPin, needs: SiteService.method.listSites, rank: 20 }],
  kinds: [{ kind: 'site', word: 'sites', label: { en: 'Site', de: 'Standort' }, icon: MapPin, service: SiteService }],
  commands: [{ label: { en: 'New site', de: 'Neuer Standort' }, icon: MapPin, to: '/sites?new', needs: SiteService.method.createSite, creates: true }],
  routes: (shell) => [
    createRoute({ getParentRoute: () => shell, path: '/sites', component: lazyRouteComponent(() => import('./list'), 'SiteList') }),
    createRoute({ getParentRoute: () => shell, path: '/sites/$id', component: lazyRouteComponent(() => import('./detail'), 'SitePage') }),
  ],
};
