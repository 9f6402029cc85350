import { Menu } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { Building2, LogOut, UserRound } from 'lucide-react';
import type { ReactElement } from 'react';
import { TenantService } from '../gen/holdfast/tenants/v1/tenants_pb';
import { useAct } from '../lib/act';
import { useText } from '../lib/i18n';
import { useMay, useMe } from '../lib/me';
import { signOut, switched } from '../lib/session';
import { failed } from '../ui/fault';
import { features } from './features';
import { useWords } from './words';

interface Props {
  /** The button that the menu hangs on. */
  target: ReactElement;
  onClose: () => void;
}

const creates = features.flatMap((f) => f.commands ?? []).filter((c) => c.creates);

/** CreateMenu offers new records of the kinds that the person may make. */
export function CreateMenu({ target, onClose }: Props) {
  const text = useText();
  const may = useMay();
  const navigate = useNavigate();
  return (
    <Menu opened position="bottom-end" onClose={onClose} withinPortal transitionProps={{ duration: 80 }}>
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        {creates
          .filter((c) => may(c.needs))
          .map((c) => (
            <Menu.Item key={c.to} leftSection={c.icon && <c.icon size={15} aria-hidden />} onClick={() => void navigate({ href: c.to })}>
              {text(c.label)}
            </Menu.Item>
          ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** ProfileMenu has the person's own page, their other tenants, and the way out. */
export function ProfileMenu({ target, onClose }: Props) {
  const t = useWords();
  const me = useMe();
  const navigate = useNavigate();
  const change = useAct(TenantService.method.switchTenant, { onSuccess: (a) => switched(a.accessToken, a.expiresIn), onError: failed });
  const others = (me?.tenants ?? []).filter((x) => x.id !== me?.tenant?.id);
  return (
    <Menu opened position="bottom-end" width={260} onClose={onClose} withinPortal transitionProps={{ duration: 80 }}>
      <Menu.Target>{target}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <div className="hf-cut">{me?.user?.fullName}</div>
          <div className="hf-cut">{t('tenant', { name: me?.tenant?.name ?? '' })}</div>
        </Menu.Label>
        <Menu.Item leftSection={<UserRound size={15} aria-hidden />} onClick={() => void navigate({ to: '/profile' })}>
          {t('profile')}
        </Menu.Item>
        {others.length > 0 && <Menu.Label>{t('switchTenant')}</Menu.Label>}
        {others.map((x) => (
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
  );
}
