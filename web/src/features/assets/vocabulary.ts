// The words of the contract's closed sets; the contract's own rules refuse others.
import { AssetRelationSchema, AssetSchema } from '../../gen/holdfast/assets/v1/assets_pb';
import { wordsOf } from '../../lib/record';

export const criticalities = wordsOf(AssetSchema.field.criticality);
export const lifecycles = wordsOf(AssetSchema.field.lifecycle);
export const relationTypes = wordsOf(AssetRelationSchema.field.type);

/** facts are the fields that identify an asset, as texts. */
export const facts = ['environment', 'producer', 'model', 'serial', 'firmware', 'os', 'ipAddress', 'macAddress', 'hostname', 'cpe'] as const;
