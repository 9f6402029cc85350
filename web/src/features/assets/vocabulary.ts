// The words of the contract's closed sets; the contract's own rules refuse others.
import { getOption } from '@bufbuild/protobuf';
import { field } from '../../gen/buf/validate/validate_pb';
import { AssetRelationSchema, AssetSchema } from '../../gen/holdfast/assets/v1/assets_pb';

function wordsOf(f: (typeof AssetSchema.field)['criticality'] | (typeof AssetRelationSchema.field)['type']): readonly string[] {
  const { type } = getOption(f, field);
  return type.case === 'string' ? type.value.in.filter((w) => w !== '') : [];
}

export const criticalities = wordsOf(AssetSchema.field.criticality);
export const lifecycles = wordsOf(AssetSchema.field.lifecycle);
export const relationTypes = wordsOf(AssetRelationSchema.field.type);

/** facts are the fields that identify an asset, as texts. */
export const facts = ['environment', 'producer', 'model', 'serial', 'firmware', 'os', 'ipAddress', 'macAddress', 'hostname', 'cpe'] as const;
