import { ActionIcon, Tooltip } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Maximize2, X } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { useWords } from './words';

/** Panel shows a record beside the list it was opened from. The list stays in use; Escape closes it. */
export function Panel({ to, onClose, children }: { to: string; onClose: () => void; children: ReactNode }) {
  const t = useWords();
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const from = document.activeElement;
    box.current?.focus({ preventScroll: true });
    return () => {
      if (from instanceof HTMLElement && document.contains(from)) from.focus({ preventScroll: true });
    };
  }, []);
  return (
    <section className="hf-panel" ref={box} tabIndex={-1} aria-label={t('details')}>
      <div className="hf-panelbar">
        <Tooltip label={t('openPage')}>
          <ActionIcon component={Link} to={to} variant="subtle" color="gray" aria-label={t('openPage')}>
            <Maximize2 size={15} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={t('closePanel')}>
          <ActionIcon variant="subtle" color="gray" aria-label={t('closePanel')} onClick={onClose}>
            <X size={17} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </div>
      <div className="hf-panelbody">{children}</div>
    </section>
  );
}
