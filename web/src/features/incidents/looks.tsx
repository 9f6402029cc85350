import { ArrowDown, ArrowUp, ChevronsUp, CircleCheck, CircleDashed, CircleDot, CirclePause, CircleSlash, Equal, Eye, LoaderCircle, Timer, TimerOff, type LucideIcon } from 'lucide-react';
import type { Incident } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { absolute, dateTime, span } from '../../lib/format';
import { Badge, type Tone } from '../../ui/badge';
import { useNow } from '../../ui/time';
import { next, type Reading } from './clock';
import { useWords } from './words';

const states: Record<string, [Tone, LucideIcon]> = {
  new: ['high', CircleDashed], acknowledged: ['low', Eye], in_progress: ['low', LoaderCircle], on_hold: ['medium', CirclePause],
  resolved: ['good', CircleCheck], closed: ['neutral', CircleCheck], cancelled: ['neutral', CircleSlash],
};

/** IncidentStatus is where an incident is in its life. */
export function IncidentStatus({ status }: { status: string }) {
  useWords();
  const [tone, icon] = states[status] ?? (['neutral', CircleDot] as const);
  return <Badge tone={tone} icon={icon}>{useWords.word(`status.${status}`)}</Badge>;
}

const ranks: Record<number, [Tone, LucideIcon]> = { 1: ['critical', ChevronsUp], 2: ['high', ArrowUp], 3: ['medium', Equal], 4: ['low', ArrowDown], 5: ['neutral', ArrowDown] };

/** Priority is which incident comes first; P1 before P5. */
export function Priority({ priority }: { priority: number | undefined }) {
  if (!priority) return null;
  const [tone, icon] = ranks[priority] ?? (['neutral', Equal] as const);
  return <Badge tone={tone} icon={icon}>{`P${priority}`}</Badge>;
}

/** Severity is how bad it is. */
export function Severity({ severity }: { severity: string }) {
  useWords();
  const tone = (['critical', 'high', 'medium', 'low'] as const).find((s) => s === severity) ?? 'neutral';
  return <Badge tone={tone}>{useWords.word(`severity.${severity}`)}</Badge>;
}

/** Clock shows a reading: what is left, what is overdue, that it stands or is done. */
export function Clock({ reading, title }: { reading: Reading; title?: string }) {
  const t = useWords();
  switch (reading.is) {
    case 'none':
      return <span className="hf-quiet">{t('noTarget')}</span>;
    case 'paused':
      return <Badge icon={CirclePause}>{t('paused')}</Badge>;
    case 'done':
      return <Badge tone={reading.late ? 'critical' : 'good'} icon={reading.late ? TimerOff : CircleCheck}>{t(reading.late ? 'doneLate' : 'doneIn')}</Badge>;
    case 'running': {
      const late = reading.seconds < 0;
      return (
        <span title={title}>
          <Badge tone={late ? 'critical' : reading.seconds < 3600 ? 'medium' : 'neutral'} icon={late ? TimerOff : Timer}>
            {late ? t('overdue', { span: span(-reading.seconds) }) : t('left', { span: span(reading.seconds) })}
          </Badge>
        </span>
      );
    }
  }
}

/** DueClock is the clock of an incident that matters now; it runs. */
export function DueClock({ incident: i }: { incident: Incident }) {
  const now = useNow(20);
  const due = i.status === 'new' ? (i.responseDueAt ?? i.resolveDueAt) : i.resolveDueAt;
  return <Clock reading={next(i, now)} title={due && `${dateTime(due)} · ${absolute(due)}`} />;
}
