import { Outlet } from '@tanstack/react-router';
import { ConfirmDialog } from '../ui/confirm';
import { Offline } from './offline';

/** Root is around every page. */
export function Root() {
  return (
    <>
      <Offline />
      <Outlet />
      <ConfirmDialog />
    </>
  );
}
