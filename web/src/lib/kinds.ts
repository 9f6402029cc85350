// The kinds of records, as the features register them: where one is shown, and which service's answers a change of one makes old.
import type { DescService } from '@bufbuild/protobuf';
import type { ComponentType } from 'react';
import type { Text } from './i18n';

/** Icon is what lucide-react's icons are. */
export type Icon = ComponentType<{ size?: number | string; 'aria-hidden'?: boolean; strokeWidth?: number | string }>;

/** Kind is one kind of record. */
export interface Kind {
  /** As the API names it, such as "site" (feed, search, comments, links). */
  kind: string;
  /** The list's word in the address, such as "sites": the record is at /<word>/<id>, a drawer over the list at /<word>?show=<id>. */
  word: string;
  label: Text;
  icon: Icon;
  /** Its service: its answers are asked anew when the feed says that such a record changed. */
  service: DescService;
}

const known = new Map<string, Kind>();

/** registerKinds is called by the app for every feature, before anything is drawn. */
export function registerKinds(kinds: readonly Kind[]) {
  for (const k of kinds) known.set(k.kind, k);
}

export const kindOf = (kind: string): Kind | undefined => known.get(kind);
export const allKinds = (): Kind[] => [...known.values()];

/** pathOf is where a record is shown; undefined for kinds that have no page. */
export function pathOf(kind: string, id: string): string | undefined {
  const k = known.get(kind);
  return k && `/${k.word}/${id}`;
}
