import { lazy, Suspense } from 'react';
import './markdown.css';

const Rendered = lazy(() => import('./markdownrendered'));

/** Markdown shows a text that people wrote. What could run is taken out. */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="hf-md">
      <Suspense fallback={<p style={{ whiteSpace: 'pre-wrap' }}>{text}</p>}>
        <Rendered text={text} />
      </Suspense>
    </div>
  );
}
