import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useSyncExternalStore } from 'react';
import { asking, subscribe } from '../ui/confirm';
import { Offline } from './offline';

const ConfirmDialog = lazy(() => import('../ui/confirmdialog'));

/** Root is around every page. */
export function Root() {
  // Its code is loaded with the first question.
  const ever = useSyncExternalStore(subscribe, asking);
  return (
    <>
      <Offline />
      <Outlet />
      <Suspense fallback={null}>{ever && <ConfirmDialog />}</Suspense>
    </>
  );
}
