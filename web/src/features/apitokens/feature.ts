import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { SettingsService } from '../../gen/holdfast/settings/v1/settings_pb';
import type { Feature } from '../../lib/feature';

/** API tokens of everybody in the tenant, for those who manage its settings; one's own are in the profile. */
export const feature: Feature = {
  nav: [{ wing: 'administration', to: '/apitokens', label: { en: 'API tokens', de: 'API-Token' }, icon: KeyRound, needs: SettingsService.method.updateSettings, rank: 25 }],
  routes: (shell) => [createRoute({ getParentRoute: () => shell, path: '/apitokens', component: lazyRouteComponent(() => import('./list'), 'TokenList') })],
};
