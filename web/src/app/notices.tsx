import '@mantine/notifications/styles.css';
import { Notifications } from '@mantine/notifications';

/** Notices is where short messages appear: above what stands at the foot of lists. */
export default function Notices() {
  return <Notifications position="bottom-right" className="hf-notices" />;
}
