import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { ShieldCheck } from 'lucide-react';
import { GroupService } from '../../gen/holdfast/groups/v1/groups_pb';
import type { Feature } from '../../lib/feature';

/** Groups say what their members may do. */
export const feature: Feature = {
  nav: [{ wing: 'administration', to: '/groups', label: { en: 'Groups', de: 'Gruppen' }, icon: ShieldCheck, needs: GroupService.method.listGroups, rank: 20 }],
  kinds: [{ kind: 'group', word: 'groups', label: { en: 'Group', de: 'Gruppe' }, icon: ShieldCheck, service: GroupService }],
  commands: [{ label: { en: 'New group', de: 'Neue Gruppe' }, icon: ShieldCheck, to: '/groups?new', needs: GroupService.method.createGroup }],
  routes: (shell) => [
    createRoute({ getParentRoute: () => shell, path: '/groups', component: lazyRouteComponent(() => import('./list'), 'GroupList') }),
    createRoute({ getParentRoute: () => shell, path: '/groups/$id', component: lazyRouteComponent(() => import('./detail'), 'GroupPage') }),
  ],
};
