import { Markdown } from './markdown';

/** Prose are a record's texts, each below its name; those without a text are left out. */
export function Prose({ parts }: { parts: { label: string; text: string | undefined }[] }) {
  return (
    <>
      {parts.map(
        ({ label, text }) =>
          text && (
            <section key={label}>
              <h3 className="hf-subhead">{label}</h3>
              <Markdown text={text} />
            </section>
          ),
      )}
    </>
  );
}
