import Render from 'react-markdown';
import rehypeSanitize from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';

const scrolls = { tabIndex: 0 } as const;

interface Node {
  type: string;
  value?: string;
  children?: Node[];
}

/** asTyped shows HTML as it was typed, as text: the sanitizer would make it vanish. */
function asTyped() {
  const visit = (node: Node, inline: boolean): void => {
    if (node.type === 'html') {
      const text = { type: 'text', value: node.value ?? '' };
      Object.assign(node, inline ? text : { type: 'paragraph', children: [text], value: undefined });
      return;
    }
    node.children?.forEach((child) => visit(child, !['root', 'blockquote', 'listItem'].includes(node.type)));
  };
  return (tree: Node) => visit(tree, false);
}

/** MarkdownRendered is loaded only where Markdown is shown. Links to elsewhere open a new tab and learn nothing of where they came from. */
export default function MarkdownRendered({ text }: { text: string }) {
  return (
    <Render
      remarkPlugins={[remarkGfm, asTyped]}
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
