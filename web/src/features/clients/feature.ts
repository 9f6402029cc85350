import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { Building2 } from 'lucide-react';
import { ClientService } from '../../gen/holdfast/clients/v1/clients_pb';
import type { Feature } from '../../lib/feature';

/** Clients are those whose systems are reviewed. */
export const feature: Feature = {
  nav: [{ wing: 'reviews', to: '/clients', label: { en: 'Clients', de: 'Kunden' }, icon: Building2, needs: ClientService.method.listClients, rank: 10 }],
  kinds: [{ kind: 'client', word: 'clients', label: { en: 'Client', de: 'Kunde' }, icon: Building2, service: ClientService }],
  commands: [{ label: { en: 'New client', de: 'Neuer Kunde' }, icon: Building2, to: '/clients?new', needs: ClientService.method.createClient, creates: true }],
  routes: (shell) => [
    createRoute({ getParentRoute: () => shell, path: '/clients', component: lazyRouteComponent(() => import('./list'), 'ClientList') }),
    createRoute({ getParentRoute: () => shell, path: '/clients/$id', component: lazyRouteComponent(() => import('./detail'), 'ClientPage') }),
  ],
};
