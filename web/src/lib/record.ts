// What all records have in common, told by their descriptors: which fields are required, how long a text may be, what differs.
import { equals, getOption, hasOption, isMessage, type DescField, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { field as rules, type StringRules } from '../gen/buf/validate/validate_pb';
import { FieldBehavior, field_behavior } from '../gen/google/api/field_behavior_pb';
import { dateTime } from './format';

/** Key is a field of a message, by its name in TypeScript. */
export type Key<S extends DescMessage> = Extract<Exclude<keyof MessageShape<S>, '$typeName' | '$unknown'>, string>;

/** Values are some fields of a message. */
export type Values<S extends DescMessage> = Omit<Partial<MessageShape<S>>, '$typeName' | '$unknown'>;

/** fieldOf is the descriptor of a field. */
export function fieldOf(schema: DescMessage, key: string): DescField {
  const found = schema.field[key];
  if (!found) throw new Error(`${schema.typeName} has no field ${key}`);
  return found;
}

/** isRequired tells whether the contract wants a value. */
export function isRequired(f: DescField): boolean {
  return hasOption(f, field_behavior) && getOption(f, field_behavior).includes(FieldBehavior.REQUIRED);
}

function textRules(f: DescField): StringRules | undefined {
  let type = hasOption(f, rules) ? getOption(f, rules).type : undefined;
  if (type?.case === 'repeated') type = type.value.items?.type;
  return type?.case === 'string' ? type.value : undefined;
}

/** maxLength is how long a text may be; undefined where the contract does not say. */
export function maxLength(f: DescField): number | undefined {
  return Number(textRules(f)?.maxLen ?? 0) || undefined;
}

/** wordsOf are the words that a text, or each of a list of texts, may be, where the contract names them all. */
export function wordsOf(f: DescField): string[] {
  return textRules(f)?.in.filter(Boolean) ?? [];
}

/** same tells whether two values of a field are alike; an empty text is alike to none. */
export function same(f: DescField, a: unknown, b: unknown): boolean {
  if (isNothing(a) && isNothing(b)) return true;
  if (isNothing(a) || isNothing(b)) return false;
  if (f.fieldKind === 'message' && isMessage(a) && isMessage(b)) return equals(f.message, a as MessageShape<typeof f.message>, b as MessageShape<typeof f.message>);
  return JSON.stringify(a, whole) === JSON.stringify(b, whole);
}

function isNothing(v: unknown): boolean {
  return v === undefined || v === null || v === '' || (Array.isArray(v) && v.length === 0);
}

function whole(_: string, v: unknown): unknown {
  return typeof v === 'bigint' ? v.toString() : v;
}

/** changedKeys are the fields in which values differ from a record. */
export function changedKeys<S extends DescMessage>(schema: S, base: Values<S>, values: Values<S>): Key<S>[] {
  const [was, is] = [base as Record<string, unknown>, values as Record<string, unknown>];
  return schema.fields.filter((f) => f.localName in is && !same(f, was[f.localName], is[f.localName])).map((f) => f.localName as Key<S>);
}

/** pathsOf are the names of fields as a mask has them. */
export function pathsOf(schema: DescMessage, keys: readonly string[]): string[] {
  return keys.map((k) => fieldOf(schema, k).name);
}

/** shown is a value as a text, for dialogs that compare. */
export function shown(value: unknown): string {
  if (isNothing(value)) return '–';
  if (Array.isArray(value)) return value.map(shown).join(', ');
  if (typeof value === 'object' && value !== null && '$typeName' in value) {
    if (value.$typeName === 'google.protobuf.Timestamp') return dateTime(value as Timestamp);
    return JSON.stringify(value, whole);
  }
  return typeof value === 'object' ? JSON.stringify(value, whole) : String(value);
}
