import { CircleAlert, CircleCheck, CircleDashed, CircleDot, Flame, Info, Triangle, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import './badge.css';

/** Tone is what a badge's colour means; the same five colours mean nothing else anywhere. */
export type Tone = 'critical' | 'high' | 'medium' | 'low' | 'good' | 'neutral';

const icons: Record<Tone, LucideIcon> = { critical: Flame, high: CircleAlert, medium: Triangle, low: Info, good: CircleCheck, neutral: CircleDot };

/** Badge is a state or a level: icon and word, never colour alone. */
export function Badge({ tone = 'neutral', icon, children }: { tone?: Tone; icon?: LucideIcon; children: ReactNode }) {
  const Mark = icon ?? icons[tone];
  return (
    <span className="hf-badge" data-tone={tone}>
      <Mark size={13} aria-hidden strokeWidth={2.2} />
      <span className="hf-cut">{children}</span>
    </span>
  );
}

/** Planned is the icon of what has not begun. */
export const Planned = CircleDashed;
