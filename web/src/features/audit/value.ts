import { toJson } from '@bufbuild/protobuf';
import { ValueSchema, type Value } from '@bufbuild/protobuf/wkt';

/** valueText is a value of the journal as a text: texts as they are, lists by commas, documents as JSON; empty where there was none. */
export function valueText(v: Value | undefined): string {
  const raw = v ? toJson(ValueSchema, v) : null;
  if (raw === null) return '';
  if (typeof raw === 'string') return raw;
  if (Array.isArray(raw) && raw.every((x) => typeof x !== 'object')) return raw.join(', ');
  return JSON.stringify(raw);
}
