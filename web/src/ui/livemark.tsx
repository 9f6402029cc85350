import { Unplug } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { lagging, subscribeLagging } from '../lib/live';
import { useWords } from './words';

/** LiveMark says so while what others change is seen late. */
export function LiveMark() {
  const t = useWords();
  const late = useSyncExternalStore(subscribeLagging, lagging);
  return (
    <span role="status">
      {late && (
        <span title={t('lagging')} style={{ display: 'inline-flex', padding: 6, color: 'var(--hf-medium)' }}>
          <Unplug size={18} aria-hidden />
          <span className="hf-hidden">{t('lagging')}</span>
        </span>
      )}
    </span>
  );
}
