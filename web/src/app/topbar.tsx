import { ActionIcon, Button, Kbd } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@connectrpc/connect-query';
import { Link } from '@tanstack/react-router';
import { Bell, Plus, Search } from 'lucide-react';
import { lazy, Suspense, useState, type ReactElement } from 'react';
import { NotificationService } from '../gen/holdfast/notifications/v1/notifications_pb';
import { useMay, useMe } from '../lib/me';
import { LiveMark } from '../ui/livemark';
import { Avatar } from '../ui/person';
import { Breadcrumb } from './breadcrumb';
import { features } from './features';
import { openPalette } from './keys';
import { useWords } from './words';

const CreateMenu = lazy(() => import('./menus').then((m) => ({ default: m.CreateMenu })));
const ProfileMenu = lazy(() => import('./menus').then((m) => ({ default: m.ProfileMenu })));

/** TopBar has what one needs everywhere. Its menus are loaded when they are opened first. */
export function TopBar() {
  const t = useWords();
  const may = useMay();
  const me = useMe();
  const small = useMediaQuery('(max-width: 48em)');
  const [opened, setOpened] = useState<'create' | 'profile'>();
  const unread = useQuery(NotificationService.method.getBadge, {}, { refetchInterval: 60_000 }).data?.unread ?? 0;
  const mayCreate = features.some((f) => f.commands?.some((c) => c.creates && may(c.needs)));
  const menu = (name: 'create' | 'profile') => ({ 'aria-haspopup': 'menu' as const, 'aria-expanded': opened === name, onClick: () => setOpened(opened === name ? undefined : name) });
  const close = () => setOpened(undefined);
  const withMenu = (name: 'create' | 'profile', target: ReactElement) => {
    if (opened !== name) return target;
    const Menu = name === 'create' ? CreateMenu : ProfileMenu;
    return (
      <Suspense fallback={target}>
        <Menu target={target} onClose={close} />
      </Suspense>
    );
  };
  return (
    <>
      <Breadcrumb />
      {small ? (
        <ActionIcon variant="subtle" color="gray" size="lg" onClick={openPalette} aria-label={t('search')}>
          <Search size={18} aria-hidden />
        </ActionIcon>
      ) : (
        <Button variant="default" size="xs" fw={400} leftSection={<Search size={14} aria-hidden />} rightSection={<Kbd size="xs">Ctrl K</Kbd>} onClick={openPalette} title={t('search')}>
          <span className="hf-quiet">{t('searchShort')}</span>
        </Button>
      )}
      {mayCreate &&
        withMenu(
          'create',
          small ? (
            <ActionIcon variant="filled" aria-label={t('create')} {...menu('create')}>
              <Plus size={16} aria-hidden />
            </ActionIcon>
          ) : (
            <Button size="xs" leftSection={<Plus size={14} aria-hidden />} {...menu('create')}>
              {t('create')}
            </Button>
          ),
        )}
      <LiveMark />
      <ActionIcon component={Link} to="/notifications" variant="subtle" color="gray" size="lg" className="hf-bell" title={t('notifications')} aria-label={unread ? t('unread', { n: unread }) : t('notifications')}>
        <Bell size={18} aria-hidden />
        {unread > 0 && (
          <span className="hf-bellcount" aria-hidden>
            {unread > 99 ? '99+' : unread}
          </span>
        )}
      </ActionIcon>
      {withMenu(
        'profile',
        <ActionIcon variant="subtle" color="gray" size="lg" radius="xl" aria-label={t('profile')} {...menu('profile')}>
          <Avatar name={me?.user?.fullName ?? ''} id={me?.user?.id ?? ''} size={28} />
        </ActionIcon>,
      )}
    </>
  );
}
