import type { MantineColorsTuple } from '@mantine/core';

/** rgb reads "#2563a8". */
function rgb(hex: string): [number, number, number] {
  const n = Number.parseInt(hex.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

const hex = (c: readonly number[]): string => `#${c.map((v) => Math.round(v).toString(16).padStart(2, '0')).join('')}`;

/** mix puts a share of one colour into another. */
function mix(a: readonly number[], b: readonly number[], share: number): number[] {
  return a.map((v, i) => v + ((b[i] ?? v) - v) * share);
}

/** luminance as WCAG 2 defines it, 0 to 1. */
export function luminance(colour: string): number {
  const [r, g, b] = rgb(colour).map((v) => {
    const s = v / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** contrast of two colours as WCAG 2 defines it, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** shades makes ten shades of one colour. The eighth is dark enough for text on white (4.5 : 1), the fifth light enough on the dark page. */
export function shades(colour: string): MantineColorsTuple {
  const base = rgb(colour);
  const white = [255, 255, 255];
  const black = [0, 0, 0];
  let dark: number[] = [...base];
  while (contrast(hex(dark), '#f8f9fa') < 5) dark = mix(dark, black, 0.06);
  let light: number[] = [...base];
  while (contrast(hex(light), '#25282d') < 5) light = mix(light, white, 0.06);
  return [
    mix(base, white, 0.93), mix(base, white, 0.84), mix(base, white, 0.68), mix(light, white, 0.18), light,
    mix(base, white, 0.2), base, dark, mix(dark, black, 0.15), mix(dark, black, 0.3),
  ].map(hex) as unknown as MantineColorsTuple;
}
