import '@mantine/notifications/styles.css';
import { Notifications } from '@mantine/notifications';

/** Notices is where short messages appear. */
export default function Notices() {
  return <Notifications position="bottom-right" />;
}
