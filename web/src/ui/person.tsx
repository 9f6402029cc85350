import { Group, Text } from '@mantine/core';
import type { Ref } from '../gen/holdfast/type/v1/type_pb';
import './person.css';

/** initials of a name: "Ada Lindqvist" is AL. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  return ((words[0]?.[0] ?? '') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase() || '?';
}

const tints = ['#1f5c99', '#7a3e9d', '#946200', '#1d6f42', '#a8323e', '#0b6e75', '#5b5f97', '#8a4b1f'];

/** Avatar shows a person's initials in a colour of their own. */
export function Avatar({ name, id, size = 20 }: { name: string; id: string; size?: number }) {
  let sum = 0;
  for (const c of id) sum = (sum * 31 + c.charCodeAt(0)) >>> 0;
  return <span className="hf-avatar" aria-hidden data-initials={initials(name)} style={{ width: size, height: size, fontSize: size * 0.42, lineHeight: `${size}px`, background: tints[sum % tints.length] }} />;
}

/** Person is avatar and name; nothing where there is nobody. */
export function Person({ person }: { person: Ref | undefined }) {
  if (!person) return null;
  return (
    <Group gap={6} wrap="nowrap" miw={0}>
      <Avatar name={person.label} id={person.id} />
      <Text size="sm" className="hf-cut">
        {person.label}
      </Text>
    </Group>
  );
}
