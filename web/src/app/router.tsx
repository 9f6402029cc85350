import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import { parseSearch, stringifySearch } from '../lib/address';
import { Root } from './root';
import { features } from './features';
import { Failed, NotFound } from './problems';
import { Shell } from './shell';

const root = createRootRoute({ component: Root, notFoundComponent: NotFound, errorComponent: Failed });

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  notFoundComponent: NotFound,
});

const tree = root.addChildren([
  ...features.flatMap((f) => f.openRoutes?.(root) ?? []),
  shell.addChildren(features.flatMap((f) => f.routes?.(shell) ?? [])),
]);

/** router knows every address. Routes come from the features. */
export const router = createRouter({
  routeTree: tree,
  parseSearch: (text) => parseSearch(text),
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: Failed,
  scrollRestoration: false,
});
