import { clone, create, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import type { SettingsForm } from './page';

/** partOf binds the leaves of a message within the settings, such as branding: their values, their errors, and how one is set. */
export function partOf<S extends DescMessage, K extends 'branding' | 'retention' | 'passwordPolicy' | 'mfaPolicy'>(form: SettingsForm, key: K, schema: S) {
  const now = (form.values[key] as MessageShape<S> | undefined) ?? create(schema);
  const field = form.schema.field[key]?.name ?? key;
  return {
    now,
    error: (leaf: string): string | undefined => form.fault?.fields[`${field}.${leaf}`],
    set: (change: (copy: MessageShape<S>) => void) => {
      const copy = clone(schema, now);
      change(copy);
      form.set(key, copy as unknown as Parameters<typeof form.set<K>>[1]);
    },
  };
}

/** under are the messages about a field and what is in it, such as sla_targets[2].calendar. */
export function under(form: SettingsForm, field: string): string | undefined {
  const found = Object.entries(form.fault?.fields ?? {}).filter(([name]) => name === field || name.startsWith(`${field}[`) || name.startsWith(`${field}.`));
  return found.length ? found.map(([name, message]) => (name === field ? message : `${name.slice(field.length)} ${message}`)).join('; ') : undefined;
}
