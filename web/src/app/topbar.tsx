import { ActionIcon, Button, Indicator, Kbd, Menu, Tooltip } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@connectrpc/connect-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Bell, Building2, LogOut, Plus, Search, UserRound } from 'lucide-react';
import { NotificationService } from '../gen/holdfast/notifications/v1/notifications_pb';
import { TenantService } from '../gen/holdfast/tenants/v1/tenants_pb';
import { useText } from '../lib/i18n';
import { useMay, useMe } from '../lib/me';
import { signOut, switched } from '../lib/session';
import { useAct } from '../lib/act';
import { Avatar } from '../ui/person';
import { Breadcrumb } from './breadcrumb';
import { features } from './features';
import { openPalette } from './keys';
import { useWords } from './words';

const creates = features.flatMap((f) => f.commands ?? []).filter((c) => c.creates);

/** TopBar has what one needs everywhere. */
export function TopBar() {
  const t = useWords();
  const text = useText();
  const may = useMay();
  const me = useMe();
  const navigate = useNavigate();
  const small = useMediaQuery('(max-width: 48em)');
  const unread = useQuery(NotificationService.method.getBadge, {}, { refetchInterval: 60_000 }).data?.unread ?? 0;
  const change = useAct(TenantService.method.switchTenant, { onSuccess: (a) => switched(a.accessToken, a.expiresIn) });
  const offered = creates.filter((c) => may(c.needs));
  return (
    <>
      <Breadcrumb />
      {small ? (
        <ActionIcon variant="subtle" color="gray" size="lg" onClick={openPalette} aria-label={t('search')}>
          <Search size={18} aria-hidden />
        </ActionIcon>
      ) : (
        <Button variant="default" size="xs" fw={400} leftSection={<Search size={14} aria-hidden />} rightSection={<Kbd size="xs">Ctrl K</Kbd>} onClick={openPalette} aria-label={t('search')}>
          <span className="hf-quiet">{t('searchShort')}</span>
        </Button>
      )}
      {offered.length > 0 && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            {small ? (
              <ActionIcon variant="filled" aria-label={t('create')}>
                <Plus size={16} aria-hidden />
              </ActionIcon>
            ) : (
              <Button size="xs" leftSection={<Plus size={14} aria-hidden />}>
                {t('create')}
              </Button>
            )}
          </Menu.Target>
          <Menu.Dropdown>
            {offered.map((c) => (
              <Menu.Item key={c.to} component="a" href={c.to} leftSection={c.icon && <c.icon size={15} aria-hidden />} onClick={(e) => {
                e.preventDefault();
                void navigate({ href: c.to });
              }}>
                {text(c.label)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
      <Tooltip label={t('notifications')}>
        <Indicator disabled={!unread} label={unread > 99 ? '99+' : unread} size={16} offset={6} color="red.8">
          <ActionIcon component={Link} to="/notifications" variant="subtle" color="gray" size="lg" aria-label={unread ? t('unread', { n: unread }) : t('notifications')}>
            <Bell size={18} aria-hidden />
          </ActionIcon>
        </Indicator>
      </Tooltip>
      <Menu position="bottom-end" width={260} withinPortal>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" radius="xl" aria-label={t('profile')}>
            <Avatar name={me?.user?.fullName ?? ''} id={me?.user?.id ?? ''} size={28} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <div className="hf-cut">{me?.user?.fullName}</div>
            <div className="hf-cut">{t('tenant', { name: me?.tenant?.name ?? '' })}</div>
          </Menu.Label>
          <Menu.Item leftSection={<UserRound size={15} aria-hidden />} onClick={() => void navigate({ to: '/profile' })}>
            {t('profile')}
          </Menu.Item>
          {(me?.tenants.length ?? 0) > 1 && <Menu.Label>{t('switchTenant')}</Menu.Label>}
          {(me?.tenants ?? [])
            .filter((x) => x.id !== me?.tenant?.id)
            .map((x) => (
              <Menu.Item key={x.id} leftSection={<Building2 size={15} aria-hidden />} onClick={() => change.mutate({ id: x.id })}>
                {x.name}
              </Menu.Item>
            ))}
          <Menu.Divider />
          <Menu.Item leftSection={<LogOut size={15} aria-hidden />} onClick={() => void signOut()}>
            {t('signOut')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
