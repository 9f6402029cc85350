import { ActionIcon, Popover, Tooltip } from '@mantine/core';
import { AtSign } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { UserService } from '../gen/holdfast/users/v1/users_pb';
import { useDraft } from './draft';
import { RecordSelect } from './recordselect';
import { useWords } from './words';

interface Person {
  id: string;
  label: string;
}

/** Mentions are whom a text mentions by name. */
export interface Mentions {
  /** The button that chooses somebody. */
  tool: ReactNode;
  /** The ids of those whose names stand in a text. */
  called: (body: string) => string[];
  /** Forgets them, once the text is stored. */
  done: () => void;
}

/** useMentions lets somebody be chosen by name, and gives "@Ann Lee " to add to the text. They are kept beside the text's draft. */
export function useMentions(draft: string, first: readonly Person[], add: (text: string) => void): Mentions {
  const [people, setPeople, done] = useDraft<Person[]>(`${draft}.people`, first.map(({ id, label }) => ({ id, label })));
  const pick = (id: string, label: string) => {
    setPeople((now) => [...now.filter((p) => p.id !== id), { id, label }]);
    add(`@${label} `);
  };
  return { tool: <Mention onPick={pick} />, called: (body) => called(people, body), done };
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

/** Mention chooses a colleague. */
function Mention({ onPick }: { onPick: (id: string, label: string) => void }) {
  const t = useWords();
  const [open, setOpen] = useState(false);
  const pick = (id: string, label: string) => {
    setOpen(false);
    if (id) onPick(id, label);
  };
  return (
    <Popover opened={open} onChange={setOpen} trapFocus returnFocus position="bottom-end" withinPortal>
      <Popover.Target>
        <Tooltip label={t('mention')}>
          <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t('mention')} onClick={() => setOpen((o) => !o)}>
            <AtSign size={14} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <RecordSelect aria-label={t('mention')} records={UserService.method.listColleagues} value="" onChange={pick} w={240} data-autofocus comboboxProps={{ withinPortal: false }} />
      </Popover.Dropdown>
    </Popover>
  );
}
