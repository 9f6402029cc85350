import Render from 'react-markdown';
import rehypeSanitize from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';

const scrolls = { tabIndex: 0 } as const;

/** MarkdownRendered is loaded only where Markdown is shown. Links to elsewhere open a new tab and learn nothing of where they came from. */
export default function MarkdownRendered({ text }: { text: string }) {
  return (
    <Render
      remarkPlugins={[remarkGfm]}
      rehypePlugins={[rehypeSanitize]}
      components={{
        a: ({ href, children }) => (
          <a href={href} target="_blank" rel="noopener noreferrer nofollow">
            {children}
          </a>
        ),
        // A heading of a text is no heading of the page: it begins below the page's own two.
        h1: ({ children }) => <h3>{children}</h3>,
        h2: ({ children }) => <h4>{children}</h4>,
        // What is wider than the page scrolls by itself, by keyboard too.
        pre: ({ children }) => <pre {...scrolls}>{children}</pre>,
        table: ({ children }) => (
          <div style={{ overflowX: 'auto' }} {...scrolls}>
            <table>{children}</table>
          </div>
        ),
      }}
    >
      {text}
    </Render>
  );
}
