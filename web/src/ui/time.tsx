import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { useEffect, useState } from 'react';
import { absolute, dateOf, relative } from '../lib/format';
import { useLocale } from '../lib/i18n';

/** useNow is the time, anew every so many seconds. */
export function useNow(seconds: number): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
  return now;
}

/** Ago shows a time relative to now, and the absolute one on hover. */
export function Ago({ at }: { at: Timestamp | Date | undefined }) {
  useLocale();
  const now = useNow(30);
  const d = dateOf(at);
  if (!d) return null;
  return (
    <time dateTime={d.toISOString()} title={absolute(d)} className="hf-tab" style={{ whiteSpace: 'nowrap' }}>
      {relative(d, now)}
    </time>
  );
}
