import { ActionIcon, Button, Group, Menu, Tabs } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { EllipsisVertical, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { oneOf } from '../lib/address';
import { useTitle } from '../lib/place';
import { useAddress } from './liststate';
import { useWords } from './words';
import './record.css';

/** Act is a button of a record's header, or a line of its menu. */
export interface Act {
  label: string;
  icon?: LucideIcon;
  danger?: boolean;
  /** It goes into the menu instead of standing as a button. */
  menu?: boolean;
  /** The one that is most likely wanted. */
  primary?: boolean;
  disabled?: boolean;
  busy?: boolean;
  onClick: () => void;
}

export interface RecordProps {
  number?: string;
  title: string;
  /** State and level, as badges. */
  badges?: ReactNode;
  /** What may be done: transitions as buttons, the rest in the menu. Leave out what is not allowed. */
  actions?: Act[];
  /** The main column above the tabs: the description. */
  children?: ReactNode;
  tabs: { key: string; label: string; content: ReactNode }[];
  /** The fields at the right. */
  rail?: ReactNode;
}

/** RecordView is a record's detail, the same as a page and in the panel over its list. */
export function RecordView({ number, title, badges, actions = [], children, tabs, rail }: RecordProps) {
  const t = useWords();
  const [search, change] = useAddress();
  const wanted = oneOf(search.tab);
  const tab = tabs.some((x) => x.key === wanted) ? wanted : (tabs[0]?.key ?? '');
  // Under the title of a small screen the fields would push away what one came for.
  const small = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false });
  useTitle(number ? `${number} ${title}` : title);
  const buttons = actions.filter((a) => !a.menu);
  const menu = actions.filter((a) => a.menu);
  return (
    <article className="hf-record">
      <header className="hf-recordhead">
        <div className="hf-recordtitle">
          {number && <span className="hf-num hf-quiet">{number}</span>}
          <h2>{title}</h2>
          {badges}
        </div>
        <Group gap={6} className="hf-recordacts">
          {buttons.map((a) => (
            <Button key={a.label} size="xs" variant={a.primary ? 'filled' : 'default'} leftSection={a.icon && <a.icon size={14} aria-hidden />} disabled={a.disabled} loading={a.busy} onClick={a.onClick}>
              {a.label}
            </Button>
          ))}
          {menu.length > 0 && (
            <Menu position="bottom-end" withinPortal>
              <Menu.Target>
                <ActionIcon variant="default" size={30} aria-label={t('more')}>
                  <EllipsisVertical size={15} aria-hidden />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {menu.map((a) => (
                  <Menu.Item key={a.label} c={a.danger ? 'var(--hf-critical)' : undefined} leftSection={a.icon && <a.icon size={15} aria-hidden />} disabled={a.disabled} onClick={a.onClick}>
                    {a.label}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      </header>
      <div className="hf-recordgrid" data-rail={rail ? true : undefined}>
        <div className="hf-recordmain">
          {children}
          <Tabs value={tab} onChange={(v) => change({ tab: v && v !== tabs[0]?.key ? v : undefined })} keepMounted={false} mt="md">
            <Tabs.List style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
              {tabs.map((x) => (
                <Tabs.Tab key={x.key} value={x.key}>
                  {x.label}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {tabs.map((x) => (
              <Tabs.Panel key={x.key} value={x.key} pt="md">
                {x.content}
              </Tabs.Panel>
            ))}
          </Tabs>
        </div>
        {rail && (
          <aside className="hf-rail" aria-label={t('details')}>
            {small ? (
              <details>
                <summary>{t('details')}</summary>
                <dl>{rail}</dl>
              </details>
            ) : (
              <dl>{rail}</dl>
            )}
          </aside>
        )}
      </div>
    </article>
  );
}
