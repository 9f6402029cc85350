// The words of the contract's closed sets; the contract's own rules refuse others.
import { AssetRelationSchema, AssetSchema } from '../../gen/holdfast/assets/v1/assets_pb';
import { fieldOf, wordsOf } from '../../lib/record';
import { useWords } from './words';

export const criticalities = wordsOf(AssetSchema.field.criticality);
export const lifecycles = wordsOf(AssetSchema.field.lifecycle);
export const relationTypes = wordsOf(AssetRelationSchema.field.type);

/** facts are the fields that identify an asset, as texts. */
export const facts = ['environment', 'producer', 'model', 'serial', 'firmware', 'os', 'ipAddress', 'macAddress', 'hostname', 'cpe'] as const;

/** factText is what one of them is called. */
export function factText(fact: (typeof facts)[number]): string {
  return useWords.word(fieldOf(AssetSchema, fact).name);
}
