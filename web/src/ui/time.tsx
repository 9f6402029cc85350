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

/** Ago shows a time relative to now, and the absolute one on hover: one that has been, or with ahead one that may be to come. What has
 * been is never "in 14 seconds", however the clocks of server and browser differ. */
export function Ago({ at, ahead }: { at: Timestamp | Date | undefined; ahead?: boolean }) {
  useLocale();
  const now = useNow(30);
  const d = dateOf(at);
  if (!d) return null;
  return (
    <time dateTime={d.toISOString()} title={absolute(d)} className="hf-tab" style={{ whiteSpace: 'nowrap' }}>
      {relative(!ahead && d.getTime() > now ? new Date(now) : d, now)}
    </time>
  );
}
