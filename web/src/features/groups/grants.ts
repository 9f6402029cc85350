// What a group's list of permissions says: "*" is everything, "assets:*" all of assets, "assets:read" one thing.

/** grants tells whether a list gives a permission, by itself or by a wildcard. */
export function grants(list: readonly string[], resource: string, action: string): boolean {
  return list.includes('*') || list.includes(`${resource}:*`) || (action !== '*' && list.includes(`${resource}:${action}`));
}

/** wider tells whether a wildcard above gives it, so that its own box says nothing. */
export function wider(list: readonly string[], resource: string, action: string): boolean {
  return list.includes('*') || (action !== '*' && list.includes(`${resource}:*`));
}

/** toggled is the list with a permission given or taken. A wildcard takes the place of what it covers; the list stays sorted. */
export function toggled(list: readonly string[], permission: string): string[] {
  const next = list.includes(permission) ? list.filter((p) => p !== permission) : [...list, permission];
  const kept = next.filter((p) => {
    if (p === '*') return true;
    const [resource] = p.split(':');
    return !next.includes('*') && (p === `${resource}:*` || !next.includes(`${resource}:*`));
  });
  return kept.sort();
}

/** Line is one resource with the actions that exist for it. */
export interface Line {
  resource: string;
  actions: string[];
}

const usual = ['read', 'create', 'update', 'delete', 'manage', 'invite'];

/** linesOf puts permissions into a table: a line per resource, a column per action, the usual ones first. */
export function linesOf(permissions: readonly { resource: string; action: string }[]): { lines: Line[]; actions: string[] } {
  const by = new Map<string, Set<string>>();
  for (const p of permissions) {
    if (!p.resource || p.resource === '*' || p.action === '*') continue;
    by.set(p.resource, (by.get(p.resource) ?? new Set()).add(p.action));
  }
  const all = [...new Set([...by.values()].flatMap((s) => [...s]))];
  const place = (a: string) => (usual.includes(a) ? usual.indexOf(a) : usual.length);
  const actions = all.sort((a, b) => place(a) - place(b) || a.localeCompare(b));
  const lines = [...by].map(([resource, has]) => ({ resource, actions: actions.filter((a) => has.has(a)) })).sort((a, b) => a.resource.localeCompare(b.resource));
  return { lines, actions };
}
