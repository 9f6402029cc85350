import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { dropDraft, keepDraft, readDraft } from '../lib/drafts';
import { faultOf, type Fault } from '../lib/faults';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { changedKeys, fieldOf, isRequired, maxLength, pathsOf, type Key, type Values } from '../lib/record';

export interface FormOptions<S extends DescMessage> {
  /** The record's message, such as SiteSchema. */
  schema: S;
  /** What is edited; without it the form makes a new one. */
  record?: MessageShape<S>;
  /** The values of a new one to begin with. */
  initial?: Values<S>;
  /** Under which name what was typed is kept, such as "site.new" or "site.<id>". */
  draft: string;
  /** Fields that are never kept with the draft: passwords. */
  secret?: readonly Key<S>[];
  /** Stores it. An update sends only the fields of the mask; id and version are among the values. */
  save: (values: Values<S>, mask: string[]) => Promise<MessageShape<S>>;
  /** Asks for the record as it is now, when somebody else changed it meanwhile. */
  reload?: () => Promise<MessageShape<S>>;
  onSaved: (saved: MessageShape<S>) => void;
}

/** Conflict is what somebody else changed while the form was open. */
export interface Conflict<S extends DescMessage> {
  theirs: MessageShape<S>;
  /** The fields that both changed. */
  keys: Key<S>[];
}

interface Draft<S extends DescMessage> {
  values: Values<S>;
  version: number;
}

/** useRecordForm is the one form: it knows from the contract what is required and how long a text may be, sends only what changed, puts
 * the server's messages beside their fields, keeps what was typed, and lets the person choose when somebody else changed the record. */
export function useRecordForm<S extends DescMessage>(o: FormOptions<S>) {
  const [base, setBase] = useState<Values<S>>(() => (o.record ?? o.initial ?? {}) as Values<S>);
  const version = Number((base as { version?: number }).version ?? 0);
  const [kept] = useState(() => readDraft<Draft<S>>(o.draft));
  const [values, setValues] = useState<Values<S>>(() => kept?.values ?? ({} as Values<S>));
  const [restored, setRestored] = useState(!!kept && Object.keys(kept.values).length > 0);
  const [fault, setFault] = useState<Fault>();
  const [conflict, setConflict] = useState<Conflict<S>>();
  const [saving, setSaving] = useState(false);
  const labels = useRef(new Map<string, string>());
  const options = useRef(o);
  useEffect(() => {
    options.current = o;
  });

  const now = useMemo(() => ({ ...base, ...values }), [base, values]);
  const dirty = useMemo(() => changedKeys(o.schema, base, values), [o.schema, base, values]);

  useEffect(() => {
    const secret = options.current.secret ?? [];
    const open = Object.fromEntries(Object.entries(values).filter(([k]) => !secret.includes(k as Key<S>))) as Values<S>;
    if (dirty.some((k) => !secret.includes(k))) keepDraft(o.draft, { values: open, version } satisfies Draft<S>);
    else dropDraft(o.draft);
  }, [values, dirty, o.draft, version]);

  const set = useCallback(<K extends Key<S>>(key: K, value: MessageShape<S>[K] | undefined) => {
    setValues((v) => ({ ...v, [key]: value }));
    setFault((f) => {
      if (!f) return f;
      const name = fieldOf(options.current.schema, key).name;
      const { [name]: gone, ...fields } = f.fields;
      return gone === undefined ? f : { ...f, fields };
    });
  }, []);

  const send = async (from: Values<S>, mine: Values<S>) => {
    setSaving(true);
    setFault(undefined);
    try {
      const keys = changedKeys(o.schema, from, mine);
      const { id, version: seen } = from as { id?: string; version?: number };
      const saved = o.record
        ? await o.save({ ...Object.fromEntries(keys.map((k) => [k, (mine as Record<string, unknown>)[k]])), id, version: seen } as unknown as Values<S>, pathsOf(o.schema, keys))
        : await o.save({ ...from, ...mine }, pathsOf(o.schema, keys));
      dropDraft(o.draft);
      setValues({} as Values<S>);
      setConflict(undefined);
      o.onSaved(saved);
    } catch (thrown) {
      const f = faultOf(thrown);
      if (f.kind !== 'stale' || !o.reload) {
        setFault(f);
        return;
      }
      try {
        const theirs = await o.reload();
        const both = new Set<string>(changedKeys(o.schema, from, theirs));
        setConflict({ theirs, keys: changedKeys(o.schema, from, mine).filter((k) => both.has(k)) });
      } catch (unread) {
        setFault(faultOf(unread));
      }
    } finally {
      setSaving(false);
    }
  };

  const submit = () => {
    if (!saving) void send(base, values);
  };

  /** resolve goes on after a conflict: for the keys in mine one's own value stays, for the others theirs. */
  const resolve = (mine: readonly string[]) => {
    if (!conflict) return;
    const left = Object.fromEntries(Object.entries(values).filter(([k]) => mine.includes(k) || !conflict.keys.includes(k as Key<S>))) as Values<S>;
    setBase(conflict.theirs);
    setValues(left);
    void send(conflict.theirs, left);
  };

  const discard = () => {
    dropDraft(o.draft);
    setValues({} as Values<S>);
    setRestored(false);
    setFault(undefined);
  };

  const field = (key: Key<S>, label: string) => {
    const f = fieldOf(o.schema, key);
    labels.current.set(key, label);
    return { label, name: f.name, required: isRequired(f), error: fault?.fields[f.name] };
  };
  const read = (key: string): unknown => (now as Record<string, unknown>)[key];
  const write = (key: string, value: unknown) => set(key as Key<S>, value as MessageShape<S>[Key<S>] | undefined);
  const optional = (key: string) => fieldOf(o.schema, key).presence !== FeatureSet_FieldPresence.IMPLICIT;

  return {
    schema: o.schema,
    values: now as MessageShape<S>,
    set,
    dirty: dirty.length > 0,
    creating: !o.record,
    restored,
    saving,
    fault,
    labels,
    conflict,
    submit,
    resolve,
    discard,
    giveUp: () => setConflict(undefined),
    /** text binds a TextInput or Textarea. */
    text: (key: Key<S>, label: string) => ({
      ...field(key, label),
      maxLength: maxLength(fieldOf(o.schema, key)),
      value: String(read(key) ?? ''),
      onChange: (e: { currentTarget: { value: string } }) => write(key, e.currentTarget.value === '' && optional(key) ? undefined : e.currentTarget.value),
    }),
    /** choice binds a Select or RecordSelect: one text or nothing. */
    choice: (key: Key<S>, label: string) => ({
      ...field(key, label),
      value: String(read(key) ?? ''),
      onChange: (v: string | null) => write(key, v || (optional(key) ? undefined : '')),
    }),
    /** many binds a MultiSelect or TagsInput. */
    many: (key: Key<S>, label: string) => ({
      ...field(key, label),
      value: (read(key) as string[] | undefined) ?? [],
      onChange: (v: string[]) => write(key, v),
    }),
    /** flag binds a Checkbox or Switch. */
    flag: (key: Key<S>, label: string) => {
      const { required: _, ...rest } = field(key, label);
      return { ...rest, checked: read(key) === true, onChange: (e: { currentTarget: { checked: boolean } }) => write(key, e.currentTarget.checked) };
    },
    /** amount binds a NumberInput. */
    amount: (key: Key<S>, label: string) => ({
      ...field(key, label),
      value: (read(key) as number | undefined) ?? '',
      onChange: (v: number | string) => write(key, v === '' ? undefined : Number(v)),
    }),
    /** day binds a DateInput to a text such as "2026-02-28". */
    day: (key: Key<S>, label: string) => ({
      ...field(key, label),
      value: (read(key) as string | undefined) || null,
      onChange: (v: string | null) => write(key, v ?? undefined),
    }),
    /** markdown binds a MarkdownEditor. */
    markdown: (key: Key<S>, label: string) => ({
      ...field(key, label),
      maxLength: maxLength(fieldOf(o.schema, key)),
      value: String(read(key) ?? ''),
      onChange: (v: string) => write(key, v === '' && optional(key) ? undefined : v),
    }),
  };
}

/** FormOf is what useRecordForm answers. */
export type FormOf<S extends DescMessage> = ReturnType<typeof useRecordForm<S>>;
