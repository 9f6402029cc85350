import { catalogue } from '../lib/i18n';

/** How links read, as seen from the record that they go out from, and from the other (.in). */
const useLinkWords = catalogue(
  {
    affects: 'affects', 'affects.in': 'is affected by', blocks: 'blocks', 'blocks.in': 'is blocked by', caused_by: 'is caused by', 'caused_by.in': 'causes',
    child_of: 'is part of', 'child_of.in': 'contains', documents: 'documents', 'documents.in': 'is documented by', duplicate_of: 'is a duplicate of', 'duplicate_of.in': 'has the duplicate',
    follows: 'follows', 'follows.in': 'is followed by', implements: 'implements', 'implements.in': 'is implemented by', mitigates: 'mitigates', 'mitigates.in': 'is mitigated by',
    relates_to: 'relates to', 'relates_to.in': 'relates to', resolves: 'resolves', 'resolves.in': 'is resolved by',
  },
  {
    affects: 'betrifft', 'affects.in': 'ist betroffen von', blocks: 'blockiert', 'blocks.in': 'ist blockiert durch', caused_by: 'verursacht durch', 'caused_by.in': 'verursacht',
    child_of: 'ist Teil von', 'child_of.in': 'enthält', documents: 'dokumentiert', 'documents.in': 'dokumentiert durch', duplicate_of: 'ist Duplikat von', 'duplicate_of.in': 'hat das Duplikat',
    follows: 'folgt auf', 'follows.in': 'gefolgt von', implements: 'setzt um', 'implements.in': 'umgesetzt durch', mitigates: 'mindert', 'mitigates.in': 'gemindert durch',
    relates_to: 'hängt zusammen mit', 'relates_to.in': 'hängt zusammen mit', resolves: 'löst', 'resolves.in': 'gelöst durch',
  },
);

/** linkTypes are those that the contract knows. */
export const linkTypes = Object.keys(useLinkWords.words.en).filter((k) => !k.endsWith('.in'));

/** linkWord is how a link of a type reads; out: from the record that it goes out from. */
export function linkWord(type: string, out: boolean): string {
  return useLinkWords.word(out ? type : `${type}.in`);
}
