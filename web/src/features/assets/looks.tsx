import { Archive, CircleCheck, CircleDashed } from 'lucide-react';
import { Badge } from '../../ui/badge';
import { useWords } from './words';

/** Criticality is how much hangs on an asset. */
export function Criticality({ criticality }: { criticality: string }) {
  useWords();
  const tone = (['critical', 'high', 'medium', 'low'] as const).find((c) => c === criticality) ?? 'neutral';
  return <Badge tone={tone}>{useWords.word(`criticality.${criticality}`)}</Badge>;
}

const stages = { planned: ['neutral', CircleDashed], active: ['good', CircleCheck], decommissioned: ['neutral', Archive] } as const;

/** Lifecycle is where an asset is in its life. */
export function Lifecycle({ lifecycle }: { lifecycle: string }) {
  useWords();
  const [tone, icon] = stages[lifecycle as keyof typeof stages] ?? (['neutral', CircleDashed] as const);
  return <Badge tone={tone} icon={icon}>{useWords.word(`lifecycle.${lifecycle}`)}</Badge>;
}
