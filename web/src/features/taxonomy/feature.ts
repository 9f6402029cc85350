import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { Tags } from 'lucide-react';
import { TaxonomyService } from '../../gen/holdfast/taxonomy/v1/taxonomy_pb';
import type { Feature } from '../../lib/feature';

/** Taxonomy is the tenant's own words for risks, states and types. */
export const feature: Feature = {
  nav: [{ wing: 'administration', to: '/taxonomy', label: { en: 'Taxonomy', de: 'Taxonomie' }, icon: Tags, needs: TaxonomyService.method.createTaxonomyVersion, rank: 35 }],
  routes: (shell) => [createRoute({ getParentRoute: () => shell, path: '/taxonomy', component: lazyRouteComponent(() => import('./page'), 'TaxonomyPage') })],
};
