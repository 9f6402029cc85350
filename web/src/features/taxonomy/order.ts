// The editor keeps a domain as a list; the place in it becomes the sort order, ten apart, so that there is room in between.

interface Placed {
  sortOrder: number;
}

/** numbered gives each its place. */
export function numbered<W extends Placed>(words: readonly W[]): W[] {
  return words.map((w, i) => ({ ...w, sortOrder: (i + 1) * 10 }));
}

/** moved is the list with one word a place up (-1) or down (1); at an end it stays. */
export function moved<W extends Placed>(words: readonly W[], at: number, by: -1 | 1): W[] {
  const to = at + by;
  const one = words[at];
  if (!one || to < 0 || to >= words.length) return [...words];
  return numbered(words.toSpliced(at, 1).toSpliced(to, 0, one));
}

/** valueOf makes a value of a label: "Very high!" becomes very_high. */
export function valueOf(label: string): string {
  return label
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[\u0300-\u036F]/g, '')
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[_0-9]+|_+$/g, '')
    .slice(0, 63);
}
