import { Button, Group, NumberInput, Select, Text, Textarea, TextInput } from '@mantine/core';
import type { DescMessage, MessageShape } from '@bufbuild/protobuf';
import { timestampFromDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import { Pencil } from 'lucide-react';
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { readDraft } from '../lib/drafts';
import { faultOf } from '../lib/faults';
import { dateOf } from '../lib/format';
import { fieldOf, maxLength, same, shown, type Key, type Values } from '../lib/record';
import type { ListMethod } from '../lib/lists';
import { DayInput, MomentInput } from './dates';
import { useDraft } from './draft';
import { saying } from './fault';
import { RecordSelect } from './recordselect';
import { useWords } from './words';

/** Row is a line of the rail that is only shown. */
export function RailRow({ label, children }: { label: string; children: ReactNode }) {
  const t = useWords();
  return (
    <div className="hf-railrow">
      <dt>{label}</dt>
      <dd>{children || <span className="hf-quiet">{t('none')}</span>}</dd>
    </div>
  );
}

/** Editor stores one field of a record at a time. */
export interface Editor<S extends DescMessage> {
  schema: S;
  record: MessageShape<S> & { id: string; version: number };
  /** Whether the person may change it. */
  may: boolean;
  update: (values: Values<S>, mask: string[]) => Promise<unknown>;
  /** Asks for the record as it is now. */
  reload: () => Promise<MessageShape<S>>;
}

/** How a field is edited. */
export type Kind =
  | { is: 'text' }
  | { is: 'long' }
  | { is: 'number'; min?: number; max?: number }
  | { is: 'day' }
  | { is: 'time' }
  | { is: 'choice'; options: { value: string; label: string }[]; clearable?: boolean }
  | { is: 'record'; records: ListMethod; fixed?: Record<string, string | string[]>; label?: string };

interface Props<S extends DescMessage> {
  editor: Editor<S>;
  field: Key<S>;
  label: string;
  as: Kind;
  /** What is shown; the value's text where it is left out. */
  children?: ReactNode;
}

/** RailField shows a field and edits it in place: stored on its own, with its own error. */
export function RailField<S extends DescMessage>({ editor, field, label, as, children }: Props<S>) {
  const t = useWords();
  const draft = `${editor.record.id}.${field}`;
  // What was typed before a reload is in sight again.
  const [open, setOpen] = useState(() => editor.may && readDraft(draft) !== undefined);
  const value = (editor.record as Record<string, unknown>)[field];
  const display = children ?? (value === undefined || value === '' ? undefined : shown(value));
  if (!editor.may) return <RailRow label={label}>{display}</RailRow>;
  return (
    <div className="hf-railrow">
      <dt>{label}</dt>
      <dd>
        {open ? (
          <Edit editor={editor} field={field} label={label} as={as} value={value} draft={draft} close={() => setOpen(false)} />
        ) : (
          <button type="button" className="hf-inplace" onClick={() => setOpen(true)}>
            <span className="hf-hidden">{t('editField', { name: label })}: </span>
            <span>{display || <span className="hf-quiet">{t('none')}</span>}</span>
            <Pencil size={13} aria-hidden className="hf-pen" />
          </button>
        )}
      </dd>
    </div>
  );
}

function Edit<S extends DescMessage>({ editor, field, label, as, value, draft, close }: Props<S> & { value: unknown; draft: string; close: () => void }) {
  const t = useWords();
  const [now, setNow, forget] = useDraft<unknown>(draft, value);
  const [base] = useState(editor.record);
  const [seen, setSeen] = useState(base.version);
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const f = fieldOf(editor.schema, field);

  const leave = () => {
    forget();
    close();
  };
  const save = async (next: unknown, version = seen): Promise<void> => {
    if (same(f, value, next)) {
      leave();
      return;
    }
    setBusy(true);
    setError('');
    try {
      await editor.update({ id: base.id, version, [field]: next === '' ? undefined : next } as unknown as Values<S>, [f.name]);
      leave();
    } catch (thrown) {
      const fault = faultOf(thrown);
      if (fault.kind !== 'stale') {
        setError(fault.fields[f.name] ?? saying(fault));
        return;
      }
      try {
        const theirs = (await editor.reload()) as unknown as Record<string, unknown> & { version: number };
        // Somebody changed another field: ours is still free to change. Otherwise the person sees theirs and saves again, or not.
        if (same(f, (base as Record<string, unknown>)[field], theirs[field]) && theirs.version !== version) return await save(next, theirs.version);
        setSeen(theirs.version);
        setError(`${t('conflictTitle')}: ${shown(theirs[field])}`);
      } catch (unread) {
        setError(saying(faultOf(unread)));
      }
    } finally {
      setBusy(false);
    }
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === 'Escape') {
      e.stopPropagation();
      leave();
    }
    if (e.key === 'Enter' && (as.is !== 'long' || e.ctrlKey || e.metaKey) && (as.is === 'text' || as.is === 'number' || as.is === 'long')) {
      e.preventDefault();
      void save(now);
    }
  };
  const shared = { 'aria-label': label, size: 'xs' as const, error: error || undefined, disabled: busy };
  const buttons = (
    <Group gap={6} mt={6}>
      <Button size="compact-xs" loading={busy} onClick={() => void save(now)}>
        {t('save')}
      </Button>
      <Button size="compact-xs" variant="default" onClick={leave}>
        {t('cancel')}
      </Button>
    </Group>
  );
  return (
    <div onKeyDown={keys} role="presentation">
      {as.is === 'text' && <TextInput {...shared} autoFocus maxLength={maxLength(f)} value={String(now ?? '')} onChange={(e) => setNow(e.currentTarget.value)} />}
      {as.is === 'long' && <Textarea {...shared} autoFocus autosize minRows={3} maxLength={maxLength(f)} value={String(now ?? '')} onChange={(e) => setNow(e.currentTarget.value)} />}
      {as.is === 'number' && <NumberInput {...shared} autoFocus min={as.min} max={as.max} value={(now as number | undefined) ?? ''} onChange={(v) => setNow(v === '' ? undefined : Number(v))} />}
      {as.is === 'choice' && (
        <Select {...shared} data={as.options} value={String(now ?? '')} clearable={as.clearable} allowDeselect={false} defaultDropdownOpened onChange={(v) => { setNow(v ?? undefined); void save(v ?? undefined); }} comboboxProps={{ withinPortal: true }} />
      )}
      {as.is === 'record' && (
        <RecordSelect {...shared} records={as.records} fixed={as.fixed} value={String(now ?? '')} valueLabel={as.label} autoFocus onChange={(v) => { setNow(v || undefined); void save(v || undefined); }} />
      )}
      {as.is === 'day' && <DayInput {...shared} autoFocus clearable value={String(now ?? '') || null} onChange={(d) => setNow(d ?? undefined)} />}
      {as.is === 'time' && (
        <MomentInput {...shared} clearable value={dateOf(now as Timestamp | undefined) ?? null} onChange={(d) => setNow(d ? timestampFromDate(new Date(d)) : undefined)} />
      )}
      {(as.is === 'choice' || as.is === 'record') && !error ? (
        <Button size="compact-xs" variant="default" mt={6} onClick={leave}>
          {t('cancel')}
        </Button>
      ) : (
        buttons
      )}
      {error && (
        <Text role="alert" className="hf-hidden">
          {error}
        </Text>
      )}
    </div>
  );
}
