import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { FileUp, Server } from 'lucide-react';
import { AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import type { Feature } from '../../lib/feature';

/** Assets are the configuration items: what there is, where it stands, and what hangs on it. */
export const feature: Feature = {
  nav: [{ wing: 'assets', to: '/assets', label: { en: 'Assets', de: 'Anlagen' }, icon: Server, needs: AssetService.method.listAssets, rank: 10 }],
  kinds: [{ kind: 'asset', word: 'assets', label: { en: 'Asset', de: 'Anlage' }, icon: Server, service: AssetService }],
  commands: [
    { label: { en: 'New asset', de: 'Neue Anlage' }, icon: Server, to: '/assets?new', needs: AssetService.method.createAsset, creates: true },
    { label: { en: 'Import assets from a table', de: 'Anlagen aus einer Tabelle importieren' }, icon: FileUp, to: '/assets/import', needs: AssetService.method.createAsset },
  ],
  routes: (shell) => [
    createRoute({ getParentRoute: () => shell, path: '/assets', component: lazyRouteComponent(() => import('./list'), 'AssetList') }),
    createRoute({ getParentRoute: () => shell, path: '/assets/import', component: lazyRouteComponent(() => import('./import'), 'AssetImport') }),
    createRoute({ getParentRoute: () => shell, path: '/assets/$id', component: lazyRouteComponent(() => import('./detail'), 'AssetPage') }),
  ],
};
