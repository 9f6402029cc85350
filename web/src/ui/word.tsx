import type { Word } from '../gen/holdfast/type/v1/type_pb';
import './badge.css';

/** WordBadge is a word of the tenant's taxonomy: its colour as a mark, its label as text, never colour alone. */
export function WordBadge({ word }: { word: Pick<Word, 'label' | 'color'> | undefined }) {
  if (!word) return null;
  return (
    <span className="hf-badge">
      <span className="hf-dot" aria-hidden style={{ background: word.color }} />
      <span className="hf-cut">{word.label}</span>
    </span>
  );
}
