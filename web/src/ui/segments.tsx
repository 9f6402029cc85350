import { useId } from 'react';
import './segments.css';

interface Props<V extends string> {
  label: string;
  /** The value that is chosen; empty while none is. */
  value: V | '';
  onChange: (value: V) => void;
  data: readonly { value: V; label: string }[];
  /** Takes the whole width. */
  fill?: boolean;
}

/** Segments chooses one of a few values, all of them in sight. */
export function Segments<V extends string>({ label, value, onChange, data, fill }: Props<V>) {
  const name = useId();
  return (
    <div className="hf-segments" data-fill={fill || undefined} role="radiogroup" aria-label={label}>
      {data.map((d) => (
        <label key={d.value}>
          <input type="radio" name={name} value={d.value} checked={d.value === value} onChange={() => onChange(d.value)} />
          <span>{d.label}</span>
        </label>
      ))}
    </div>
  );
}
