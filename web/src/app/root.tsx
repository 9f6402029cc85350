import { Outlet } from '@tanstack/react-router';
import { useNotifications } from '@mantine/notifications';
import { lazy, Suspense, useState, useSyncExternalStore } from 'react';
import { proving, subscribe as subscribeProving } from '../lib/prove';
import { asking, subscribe } from '../ui/confirm';
import { Offline } from './offline';

const Notices = lazy(() => import('./notices'));
const ConfirmDialog = lazy(() => import('../ui/confirmdialog'));
const ProveDialog = lazy(() => import('./provedialog'));

/** Root is around every page. */
export function Root() {
  // The code of dialogs and messages is loaded with the first of them.
  const told = useNotifications().notifications.length > 0;
  const [wasTold, setWasTold] = useState(false);
  if (told && !wasTold) setWasTold(true);
  const ever = useSyncExternalStore(subscribe, asking);
  const prove = useSyncExternalStore(subscribeProving, proving);
  return (
    <>
      <Offline />
      <Outlet />
      <Suspense fallback={null}>
        {ever && <ConfirmDialog />}
        {prove && <ProveDialog />}
        {wasTold && <Notices />}
      </Suspense>
    </>
  );
}
