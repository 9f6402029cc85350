import { CircleCheck, CircleDashed, CircleSlash, CircleX } from 'lucide-react';
import type { User } from '../../gen/holdfast/users/v1/users_pb';
import { Badge } from '../../ui/badge';
import { useWords } from './words';

/** UserStatus tells whether somebody may sign in here. */
export function UserStatus({ user }: { user: User }) {
  const t = useWords();
  if (user.isActive === false) return <Badge icon={CircleX}>{t('inactive')}</Badge>;
  if (user.status === 'active') return <Badge tone="good" icon={CircleCheck}>{t('status.active')}</Badge>;
  return <Badge tone="medium" icon={CircleSlash}>{useWords.word(`status.${user.status}`)}</Badge>;
}

/** InviteStatus is what became of an invite. */
export function InviteStatus({ status }: { status: string }) {
  useWords();
  const looks = { open: ['low', CircleDashed], claimed: ['good', CircleCheck] } as const;
  const [tone, icon] = looks[status as keyof typeof looks] ?? (['neutral', CircleSlash] as const);
  return <Badge tone={tone} icon={icon}>{useWords.word(`invite.${status}`)}</Badge>;
}
