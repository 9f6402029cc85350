import { Combobox, Loader, Modal, TextInput, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@connectrpc/connect-query';
import { skipToken } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ArrowRight, LogOut, Moon, Search, Sun, UserRound } from 'lucide-react';
import { useMantineColorScheme } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import { SearchService } from '../gen/holdfast/search/v1/search_pb';
import { useText } from '../lib/i18n';
import { kindOf, pathOf } from '../lib/kinds';
import { useMay } from '../lib/me';
import { useSetPreferences } from '../lib/preferences';
import { signOut } from '../lib/session';
import { failed } from '../ui/fault';
import { features } from './features';
import { onPalette, typedEarly } from './keys';
import { usePaletteWords } from './palettewords';

interface Line {
  key: string;
  group: 'records' | 'goto' | 'commands';
  label: string;
  note?: string;
  icon: ReactNode;
  run: () => void;
}

/** folded makes words comparable: no case, no accents. */
const folded = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** Palette finds any record by number or words, goes anywhere, and runs what one may do. */
export default function Palette() {
  const t = usePaletteWords();
  const text = useText();
  const may = useMay();
  const navigate = useNavigate();
  const { set } = useSetPreferences();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [open, setOpen] = useState(true);
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), 150);
  const box = useCombobox({ opened: true });
  useEffect(() => onPalette(() => setOpen((o) => !o)), []);
  useEffect(() => {
    if (!open) typedEarly();
  }, [open]);
  const search = useQuery(SearchService.method.search, open && /[\p{L}\p{N}]/u.test(q) ? { q, perPage: 12 } : skipToken, { placeholderData: (b) => b });
  const close = () => {
    setOpen(false);
    setTyped('');
  };
  const go = (to: string) => void navigate({ href: to });
  const theme = (wanted: 'light' | 'dark') => {
    setColorScheme(wanted);
    void set({ theme: wanted }).catch(failed);
  };
  const words = folded(typed).split(/\s+/).filter(Boolean);
  const fits = (label: string) => words.every((w) => folded(label).includes(w));
  const places: Line[] = features
    .flatMap((f) => f.nav ?? [])
    .filter((e) => may(e.needs))
    .map((e) => ({ key: `goto ${e.to}`, group: 'goto', label: text(e.label), icon: <e.icon size={16} aria-hidden />, run: () => go(e.to) }));
  const commands: Line[] = [
    ...features
      .flatMap((f) => f.commands ?? [])
      .filter((c) => may(c.needs))
      .map((c): Line => ({ key: `command ${c.to}`, group: 'commands', label: text(c.label), icon: c.icon ? <c.icon size={16} aria-hidden /> : <ArrowRight size={16} aria-hidden />, run: () => go(c.to) })),
    { key: 'profile', group: 'goto', label: t('profile'), icon: <UserRound size={16} aria-hidden />, run: () => go('/profile') },
    colorScheme === 'dark'
      ? { key: 'light', group: 'commands', label: t('light'), icon: <Sun size={16} aria-hidden />, run: () => theme('light') }
      : { key: 'dark', group: 'commands', label: t('dark'), icon: <Moon size={16} aria-hidden />, run: () => theme('dark') },
    { key: 'out', group: 'commands', label: t('signOut'), icon: <LogOut size={16} aria-hidden />, run: () => void signOut() },
  ];
  // What was found for other words stays only where it fits these.
  const fresh = q === typed.trim() && !search.isPlaceholderData;
  const found = (q ? (search.data?.items ?? []) : []).flatMap((h): Line[] => {
    const kind = kindOf(h.kind);
    const path = pathOf(h.kind, h.id);
    if (!kind || !path) return [];
    return [{ key: `${h.kind} ${h.id}`, group: 'records', label: [h.number, h.label].filter(Boolean).join(' '), note: text(kind.label), icon: <kind.icon size={16} aria-hidden />, run: () => go(path) }];
  });
  const hits = found.filter((l) => fresh || fits(l.label));
  const lines = [...hits, ...[...places, ...commands].filter((l) => fits(l.label))];
  const groups = (['records', 'goto', 'commands'] as const).map((group) => ({ group, lines: lines.filter((l) => l.group === group) })).filter((g) => g.lines.length);
  const { selectFirstOption } = box;
  useEffect(() => {
    selectFirstOption();
  }, [typed, search.data, selectFirstOption]);
  return (
    <Modal opened={open} onClose={close} withCloseButton={false} size={620} padding={0} yOffset="12vh" transitionProps={{ duration: 80 }} title={undefined} aria-label={t('label')}>
      <Combobox
        store={box}
        onOptionSubmit={(key) => {
          const line = lines.find((l) => l.key === key);
          close();
          line?.run();
        }}
      >
        <Combobox.EventsTarget>
          <TextInput
            data-autofocus variant="unstyled" size="md" py={6} pr="md" leftSectionWidth={44} value={typed} placeholder={t('label')} aria-label={t('label')} leftSection={<Search size={17} aria-hidden />}
            rightSection={search.isFetching ? <Loader size={15} aria-hidden /> : undefined} onChange={(e) => setTyped(e.currentTarget.value)} onFocus={() => { const before = typedEarly(); setTyped((now) => now + before); }} onKeyDown={(e) => e.key === 'Escape' && close()}
          />
        </Combobox.EventsTarget>
        <Combobox.Options tabIndex={0} mah="56vh" style={{ overflowY: 'auto', borderTop: '1px solid var(--hf-line)', padding: 6 }} aria-label={t('label')}>
          {groups.map((g) => (
            <Combobox.Group key={g.group} label={t(g.group)}>
              {g.lines.map((l) => (
                <Combobox.Option key={l.key} value={l.key}>
                  <span style={{ display: 'flex', alignItems: 'center', gap: 10, minWidth: 0 }}>
                    {l.icon}
                    <span className="hf-cut" style={{ flex: 1 }}>
                      {l.label}
                    </span>
                    {l.note && (
                      <span className="hf-note" style={{ fontSize: 12, flex: 'none' }}>
                        {l.note}
                      </span>
                    )}
                  </span>
                </Combobox.Option>
              ))}
            </Combobox.Group>
          ))}
          {!groups.length && !search.isFetching && <Combobox.Empty>{t('nothing')}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox>
    </Modal>
  );
}
