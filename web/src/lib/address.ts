// The address bar's parameters are those of the REST lists: status=new&status=acknowledged&page=2. All values are texts.

export type Search = Record<string, string | string[]>;

/** parseSearch reads "?status=new&status=open"; what is given twice is a list. */
export function parseSearch(text: string): Search {
  const out: Search = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const had = out[key];
    out[key] = had === undefined ? value : Array.isArray(had) ? [...had, value] : [had, value];
  }
  return out;
}

/** stringifySearch writes what parseSearch reads; what is empty or undefined is left out. */
export function stringifySearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) params.append(key, String(one));
    }
  }
  const text = params.toString().replaceAll('=&', '&').replace(/=$/, '');
  return text ? `?${text}` : '';
}

/** listOf is a parameter as a list, whatever it was. */
export function listOf(value: string | string[] | undefined): string[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** oneOf is a parameter as one text; the first of several. */
export function oneOf(value: string | string[] | undefined): string {
  return (Array.isArray(value) ? value[0] : value) ?? '';
}
