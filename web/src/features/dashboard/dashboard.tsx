import { useMe } from '../../lib/me';

/** Dashboard is the start page. */
export function Dashboard() {
  return <h1>{useMe()?.user?.fullName}</h1>;
}
