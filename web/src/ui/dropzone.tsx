import { Button } from '@mantine/core';
import { Upload } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import { useWords } from './words';
import './record.css';

/** DropZone takes files that are dropped on it, pasted into it, or chosen by its button. */
export function DropZone({ onFiles, accept, multiple = true, children }: { onFiles: (files: File[]) => void; accept?: string; multiple?: boolean; children?: ReactNode }) {
  const t = useWords();
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (list: FileList | null) => {
    const files = [...(list ?? [])];
    if (files.length) onFiles(multiple ? files : files.slice(0, 1));
  };
  return (
    <div
      className="hf-drop" data-over={over || undefined} role="group" aria-label={t('dropHere')}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        take(e.dataTransfer.files);
      }}
      onPaste={(e) => take(e.clipboardData.files)}
    >
      <div className="hf-quiet" style={{ marginBottom: 8 }}>
        {children ?? t('dropHere')}
      </div>
      <Button size="xs" variant="default" leftSection={<Upload size={14} aria-hidden />} onClick={() => input.current?.click()}>
        {t('chooseFiles')}
      </Button>
      <input
        ref={input} type="file" hidden multiple={multiple} accept={accept} aria-label={t('chooseFiles')}
        onChange={(e) => {
          take(e.currentTarget.files);
          e.currentTarget.value = '';
        }}
      />
    </div>
  );
}
