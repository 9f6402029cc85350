import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { MailPlus, UserPlus, Users } from 'lucide-react';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import type { Feature } from '../../lib/feature';

/** Users are the tenant's members, and who has been asked to become one. */
export const feature: Feature = {
  nav: [
    { wing: 'administration', to: '/users', label: { en: 'Users', de: 'Benutzer' }, icon: Users, needs: UserService.method.listUsers, rank: 10 },
    { wing: 'administration', to: '/invites', label: { en: 'Invites', de: 'Einladungen' }, icon: MailPlus, needs: UserService.method.listInvites, rank: 12 },
  ],
  kinds: [{ kind: 'user', word: 'users', label: { en: 'User', de: 'Benutzer' }, icon: Users, service: UserService }],
  commands: [
    { label: { en: 'New user', de: 'Neuer Benutzer' }, icon: UserPlus, to: '/users?new', needs: UserService.method.createUser },
    { label: { en: 'Invite somebody', de: 'Jemanden einladen' }, icon: MailPlus, to: '/invites?new', needs: UserService.method.createInvite, creates: true },
  ],
  routes: (shell) => [
    createRoute({ getParentRoute: () => shell, path: '/users', component: lazyRouteComponent(() => import('./list'), 'UserList') }),
    createRoute({ getParentRoute: () => shell, path: '/users/$id', component: lazyRouteComponent(() => import('./detail'), 'UserPage') }),
    createRoute({ getParentRoute: () => shell, path: '/invites', component: lazyRouteComponent(() => import('./invites'), 'InviteList') }),
  ],
};
