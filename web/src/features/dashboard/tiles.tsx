import { Link } from '@tanstack/react-router';
import type { Tile } from '../../gen/holdfast/stats/v1/stats_pb';
import { number } from '../../lib/format';
import type { Tone } from '../../ui/badge';
import { Bars, type Bar } from '../../ui/chart';
import { useWords } from './words';

/** The numbers at a glance, and the colour of those that are no good news. */
const glance: [key: string, tone: Tone][] = [
  ['incidents.open.mine', 'neutral'], ['findings.open.mine', 'neutral'], ['sessions.mine', 'neutral'], ['incidents.open.unassigned', 'medium'], ['incidents.open.major', 'critical'],
  ['incidents.open.breached', 'critical'], ['incidents.open.due_soon', 'high'], ['findings.open.overdue', 'high'], ['findings.accepted.expiring', 'medium'], ['assets', 'neutral'],
];

/** Numbers are single numbers; each leads to the list behind it. */
export function Numbers({ tiles }: { tiles: Tile[] }) {
  useWords();
  return (
    <ul className="hf-numbers">
      {glance.flatMap(([key, tone]) => {
        const tile = tiles.find((x) => x.key === key);
        return tile ? (
          <li key={key}>
            <Link to={`/${tile.filter}`} data-tone={tile.value > 0 ? tone : 'neutral'}>
              <strong>{number(tile.value)}</strong>
              <span>{useWords.word(`tile.${key}`)}</span>
            </Link>
          </li>
        ) : (
          []
        );
      })}
    </ul>
  );
}

function bars(tiles: Tile[], prefix: string, words: string, tones: Partial<Record<string, Tone>>): Bar[] {
  return tiles
    .filter((x) => x.key.startsWith(prefix))
    .map((x) => {
      const key = x.key.slice(prefix.length);
      const word = useWords.word(`${words}.${key}`);
      // A vocabulary of the tenant's own may have words that we have no text for.
      return { key, label: word === `${words}.${key}` ? key : word, value: x.value, tone: tones[key], to: `/${x.filter}` };
    });
}

const byPriority: Partial<Record<string, Tone>> = { 1: 'critical', 2: 'high', 3: 'medium', 4: 'low', 5: 'neutral' };
const byRisk: Partial<Record<string, Tone>> = { critical: 'critical', high: 'high', medium: 'medium', low: 'low', informational: 'neutral' };

/** Priority is how many incidents are open, by priority. */
export function Priority({ tiles }: { tiles: Tile[] }) {
  const t = useWords();
  return <Bars label={t('widget.priority')} bars={bars(tiles, 'incidents.open.priority.', 'priority', byPriority)} />;
}

/** Age is how many incidents are open, by age. */
export function Age({ tiles }: { tiles: Tile[] }) {
  const t = useWords();
  return <Bars label={t('widget.age')} bars={bars(tiles, 'incidents.open.age.', 'age', {})} />;
}

/** Risk is how many findings are open, by risk. */
export function Risk({ tiles }: { tiles: Tile[] }) {
  const t = useWords();
  return <Bars label={t('widget.risk')} bars={bars(tiles, 'findings.open.risk_level.', 'risk', byRisk)} />;
}
