import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { Settings } from 'lucide-react';
import { SettingsService } from '../../gen/holdfast/settings/v1/settings_pb';
import type { Feature } from '../../lib/feature';

/** Settings are what the tenant has decided for all its members. */
export const feature: Feature = {
  nav: [{ wing: 'administration', to: '/settings', label: { en: 'Settings', de: 'Einstellungen' }, icon: Settings, needs: SettingsService.method.getSettings, rank: 30 }],
  commands: [{ label: { en: 'Settings of the tenant', de: 'Einstellungen des Mandanten' }, icon: Settings, to: '/settings', needs: SettingsService.method.getSettings }],
  routes: (shell) => [createRoute({ getParentRoute: () => shell, path: '/settings', component: lazyRouteComponent(() => import('./page'), 'SettingsPage') })],
};
