// Words in the languages that the client speaks. Each feature keeps its own catalogue (words.ts) with both languages, so that they are
// loaded with it; the compiler refuses a key that one language lacks, and a test refuses one that nothing uses.
import { useCallback, useSyncExternalStore } from 'react';

export type Locale = 'en' | 'de';
export const locales: readonly Locale[] = ['en', 'de'];

/** Text is one text in every language, for places where a catalogue would be too much: a navigation entry, a command. */
export type Text = Record<Locale, string>;

/** Counted is a text that depends on a number; the number itself is {n}. */
export interface Counted {
  one: string;
  other: string;
}
type Entry = string | Counted;
type Same<E extends Record<string, Entry>> = { [K in keyof E]: E[K] extends string ? string : Counted };

/** Translate answers a key's text; {name} in it is replaced by the value of that name. */
export type Translate<K extends string> = (key: K, values?: Record<string, string | number>) => string;

const preferred = (): Locale => (navigator.language.toLowerCase().startsWith('de') ? 'de' : 'en');
const kept = 'holdfast.locale';
let locale: Locale = (localStorage.getItem(kept) as Locale | null) ?? preferred();
let full: string = navigator.language.startsWith(locale) ? navigator.language : locale;
const listeners = new Set<() => void>();

/** setLocale changes the language of the whole client; "de-CH" is German with Swiss dates and numbers. Null follows the browser. */
export function setLocale(tag: string | null) {
  const wanted = tag ?? navigator.language;
  locale = wanted.toLowerCase().startsWith('de') ? 'de' : 'en';
  full = tag ?? (navigator.language.startsWith(locale) ? navigator.language : locale);
  localStorage.setItem(kept, locale);
  document.documentElement.lang = locale;
  for (const tell of listeners) tell();
}

export const getLocale = (): Locale => locale;

/** localeTag is the whole tag, for dates and numbers. */
export const localeTag = (): string => full;

/** subscribe calls back at every change of the language. */
export function subscribe(tell: () => void) {
  listeners.add(tell);
  return () => listeners.delete(tell);
}

/** useLocale is the language that is spoken now. */
export function useLocale(): Locale {
  return useSyncExternalStore(subscribe, getLocale);
}

/** useText picks the text of the language that is spoken now. */
export function useText(): (text: Text) => string {
  const l = useLocale();
  return useCallback((text: Text) => text[l], [l]);
}

function speak(l: Locale, entry: Entry | undefined, key: string, values?: Record<string, string | number>): string {
  if (entry === undefined) return key;
  let text = typeof entry === 'string' ? entry : entry[new Intl.PluralRules(l).select(Number(values?.n ?? 0)) === 'one' ? 'one' : 'other'];
  for (const [name, value] of Object.entries(values ?? {})) {
    text = text.replaceAll(`{${name}}`, typeof value === 'number' ? new Intl.NumberFormat(full).format(value) : value);
  }
  return text;
}

/** Catalogue is a hook that answers t(), and t() itself for places outside of components; words are there for the tests. */
export interface Catalogue<K extends string> {
  (): Translate<K>;
  t: Translate<K>;
  /** word answers the text of a key that is made at run time, such as a state's; the key itself where the catalogue has none. */
  word: (key: string) => string;
  /** known answers like word; undefined where the catalogue has none. */
  known: (key: string) => string | undefined;
  /** choices are values with their texts, which the catalogue has as "<prefix>.<value>". */
  choices: (prefix: string, values: readonly string[]) => { value: string; label: string }[];
  words: Record<Locale, Record<string, Entry>>;
}

/** catalogue makes the hook of a catalogue: const t = useWords(); t('name'). */
export function catalogue<E extends Record<string, Entry>>(en: E, de: Same<E>): Catalogue<Extract<keyof E, string>> {
  type K = Extract<keyof E, string>;
  const words: Record<Locale, Record<string, Entry>> = { en, de };
  const by = Object.fromEntries(
    locales.map((l) => [l, (key: string, values?: Record<string, string | number>) => speak(l, words[l][key], key, values)]),
  ) as unknown as Record<Locale, Translate<K>>;
  const use = () => by[useLocale()];
  const word = (key: string) => speak(locale, words[locale][key], key);
  return Object.assign(use, {
    t: ((key, values) => by[locale](key, values)) as Translate<K>,
    word,
    known: (key: string) => (key in words[locale] ? word(key) : undefined),
    choices: (prefix: string, values: readonly string[]) => values.map((value) => ({ value, label: word(`${prefix}.${value}`) })),
    words,
  });
}
