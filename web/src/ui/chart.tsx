import { Link } from '@tanstack/react-router';
import { number } from '../lib/format';
import type { Tone } from './badge';
import './chart.css';

/** Bar is one value of a chart, with the list behind it. */
export interface Bar {
  key: string;
  label: string;
  value: number;
  tone?: Tone;
  /** Where a click leads. */
  to?: string;
}

/** Bars draws values as horizontal bars with their labels and numbers. It is a table, so that everybody reads the same. */
export function Bars({ bars, label }: { bars: Bar[]; label: string }) {
  const most = Math.max(1, ...bars.map((b) => b.value));
  return (
    <table className="hf-bars" aria-label={label}>
      <tbody>
        {bars.map((b) => (
          <tr key={b.key}>
            <th scope="row">{b.to ? <Link to={b.to}>{b.label}</Link> : b.label}</th>
            <td className="hf-barcell">
              {b.value > 0 && <div className="hf-bar" data-tone={b.tone ?? 'neutral'} style={{ width: `${(b.value / most) * 100}%` }} />}
            </td>
            <td className="hf-tab">{number(b.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
