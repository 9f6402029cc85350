import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Ref } from '../gen/holdfast/type/v1/type_pb';
import { pathOf } from '../lib/kinds';

/** Named is what a record is called. */
export type Named = Pick<Ref, 'id' | 'number' | 'label'>;

/** RecordLink names another record and leads to it; plain text for kinds without a page. */
export function RecordLink({ kind, to }: { kind: string; to: Named | undefined }) {
  if (!to) return null;
  const path = pathOf(kind, to.id);
  const text = (
    <>
      {to.number && <span className="hf-num">{to.number} </span>}
      {to.label}
    </>
  );
  return path ? (
    <Anchor component={Link} to={path} size="sm" className="hf-reflink">
      {text}
    </Anchor>
  ) : (
    <span>{text}</span>
  );
}
