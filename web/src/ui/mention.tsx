import { ActionIcon, Paper, Tooltip } from '@mantine/core';
import { useDebouncedValue, useId } from '@mantine/hooks';
import { useQuery } from '@connectrpc/connect-query';
import { skipToken } from '@tanstack/react-query';
import { AtSign } from 'lucide-react';
import { useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { UserService } from '../gen/holdfast/users/v1/users_pb';
import { useMay } from '../lib/me';
import { useDraft } from './draft';
import { titleOf } from './recordselect';
import { useWords } from './words';

interface Person {
  id: string;
  label: string;
}

/** Mentions are whom a text mentions by name, and what its field needs for choosing them while somebody types. */
export interface Mentions {
  /** The button that begins a mention. */
  tool: ReactNode;
  /** The suggestions, below the field; nothing where no name is being typed. */
  list: ReactNode;
  /** The text field. */
  field: RefObject<HTMLTextAreaElement | null>;
  /** What the field tells of: keys while suggestions are there, and where the caret is. */
  onKeyDown: (e: KeyboardEvent) => void;
  onCaret: () => void;
  /** The ids of those whose names stand in a text. */
  called: (body: string) => string[];
  /** Forgets them, once the text is stored. */
  done: () => void;
}

const most = 6;

/** useMentions suggests colleagues while "@" and a part of a name are typed, and writes "@Ann Lee " into the text. Those who were chosen are
 * kept beside the text's draft. */
export function useMentions(draft: string, first: readonly Person[], body: string, write: (body: string) => void): Mentions {
  const t = useWords();
  const may = useMay();
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [people, setPeople, done] = useDraft<Person[]>(`${draft}.people`, first.map(({ id, label }) => ({ id, label })));
  const [begun, setBegun] = useState<Begun>();
  const [at, setAt] = useState(0);
  const [q] = useDebouncedValue(begun?.name ?? '', 150);
  const colleagues = UserService.method.listColleagues;
  const query = useQuery(colleagues, begun && may(colleagues) ? { q: q.trim(), perPage: most, total: 'none' } : skipToken, { placeholderData: (before) => before });
  const found = begun ? (query.data?.items ?? []) : [];

  const onCaret = () => {
    const el = field.current;
    const now = el && el.selectionStart === el.selectionEnd ? beginning(el.value, el.selectionStart) : undefined;
    if (now?.from !== begun?.from || now?.name !== begun?.name) setAt(0);
    setBegun(now);
  };
  const pick = (person: Person) => {
    if (!begun) return;
    const after = body.slice(begun.from + 1 + begun.name.length);
    const text = `@${person.label} `;
    write(body.slice(0, begun.from) + text + after.trimStart());
    setPeople((now) => [...now.filter((p) => p.id !== person.id), person]);
    setBegun(undefined);
    const caret = begun.from + text.length;
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(caret, caret);
    });
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (!found.length || e.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    const chosen = found[at];
    if (step) setAt((i) => (i + step + found.length) % found.length);
    else if ((e.key === 'Enter' || e.key === 'Tab') && chosen && !e.ctrlKey && !e.metaKey) pick({ id: chosen.id, label: titleOf(chosen) });
    else if (e.key === 'Escape') setBegun(undefined);
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const begin = () => {
    const el = field.current;
    const caret = el?.selectionStart ?? body.length;
    const before = body.slice(0, caret);
    const text = before && !/\s$/.test(before) ? ' @' : '@';
    write(before + text + body.slice(caret));
    setBegun({ from: caret + text.length - 1, name: '' });
    requestAnimationFrame(() => {
      el?.focus();
      el?.setSelectionRange(caret + text.length, caret + text.length);
    });
  };
  return {
    tool: (
      <Tooltip label={t('mention')}>
        <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t('mention')} onClick={begin}>
          <AtSign size={14} aria-hidden />
        </ActionIcon>
      </Tooltip>
    ),
    list: found.length > 0 && (
      <Paper withBorder role="listbox" id={id} aria-label={t('mention')} mt={4}>
        {found.map((p, i) => (
          <div
            key={p.id} role="option" tabIndex={-1} aria-selected={i === at} className="hf-suggestion" data-active={i === at || undefined}
            onMouseDown={(e) => {
              e.preventDefault();
              pick({ id: p.id, label: titleOf(p) });
            }}
          >
            {titleOf(p)}
          </div>
        ))}
      </Paper>
    ),
    field,
    onKeyDown,
    onCaret,
    called: (text) => called(people, text),
    done,
  };
}

interface Begun {
  /** Where the "@" stands. */
  from: number;
  /** What is typed of a name. */
  name: string;
}

/** beginning is the mention that is being typed before a place in a text: "@" at the beginning of a word and at most three words of a name. */
export function beginning(text: string, caret: number): Begun | undefined {
  const m = /(?:^|[\s(])@((?:[\p{L}\p{N}._'-]+(?: [\p{L}\p{N}._'-]+){0,2})?)$/u.exec(text.slice(Math.max(0, caret - 80), caret));
  return m ? { from: caret - (m[1]?.length ?? 0) - 1, name: m[1] ?? '' } : undefined;
}

/** called are the ids of those whose names a text calls: of "@Ann Lee" and "@Ann Lee-Ray" only the longer where it stands. */
export function called(people: readonly Person[], body: string): string[] {
  let left = body;
  return people
    .toSorted((a, b) => b.label.length - a.label.length)
    .flatMap(({ id, label }) => {
      if (!left.includes(`@${label}`)) return [];
      left = left.replaceAll(`@${label}`, ' ');
      return [id];
    });
}
