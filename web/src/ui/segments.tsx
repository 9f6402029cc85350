import { useId } from 'react';
import './segments.css';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  data: readonly { value: string; label: string }[];
}

/** Segments chooses one of a few values, all of them in sight. */
export function Segments({ label, value, onChange, data }: Props) {
  const name = useId();
  return (
    <div className="hf-segments" role="radiogroup" aria-label={label}>
      {data.map((d) => (
        <label key={d.value}>
          <input type="radio" name={name} value={d.value} checked={d.value === value} onChange={() => onChange(d.value)} />
          <span>{d.label}</span>
        </label>
      ))}
    </div>
  );
}
