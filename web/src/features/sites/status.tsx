import { CircleCheck, CircleDashed, CircleSlash } from 'lucide-react';
import { Badge } from '../../ui/badge';
import { useWords } from './words';

const looks = { planned: ['neutral', CircleDashed], active: ['good', CircleCheck], retired: ['neutral', CircleSlash] } as const;

/** SiteStatus is where a site is in its life. */
export function SiteStatus({ status }: { status: string }) {
  useWords();
  const [tone, icon] = looks[status as keyof typeof looks] ?? (['neutral', CircleDashed] as const);
  return (
    <Badge tone={tone} icon={icon}>
      {useWords.word(`status.${status}`)}
    </Badge>
  );
}
