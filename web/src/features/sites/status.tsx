import { CircleCheck, CircleDashed, CircleSlash } from 'lucide-react';
import { SiteSchema } from '../../gen/holdfast/sites/v1/sites_pb';
import { wordsOf } from '../../lib/record';
import { Badge } from '../../ui/badge';
import { useWords } from './words';

const looks = { planned: ['neutral', CircleDashed], active: ['good', CircleCheck], retired: ['neutral', CircleSlash] } as const;

/** statuses are the words for it that the contract has. */
export const statuses = wordsOf(SiteSchema.field.status);

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
