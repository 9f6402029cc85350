// Lists are alike in the contract (page, per_page, order_by, q, filters by field name): what the address bar says becomes the request by
// way of the request's descriptor, so that no list writes its own.
import { getOption, hasOption, ScalarType, type DescField, type DescMessage, type DescMethodUnary, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { http } from '../gen/google/api/annotations_pb';
import { listOf, oneOf, stringifySearch, type Search } from './address';
import { bearer, problemOf, RestError } from './session';

/** ListMethod is any List method of the contract. */
export type ListMethod = DescMethodUnary<DescMessage, DescMessage>;

/** RowOf is what a List method lists. */
export type RowOf<M extends ListMethod> = MessageShape<M['output']> extends { items: (infer R)[] } ? R : never;

/** getOf is the method that answers one of the records that a List method lists, by its id; undefined where there is none. */
export function getOf(records: ListMethod): ListMethod | undefined {
  const row = records.output.fields.find((f) => f.name === 'items')?.message;
  return records.parent.methods.find((m) => m.name.startsWith('Get') && m.input.fields[0]?.name === 'id' && m.output === row) as ListMethod | undefined;
}

/** Page is what every List method answers. */
export interface Page<R> {
  items: R[];
  total: number;
  page: number;
  pages: number;
  perPage: number;
  totalCapped: boolean;
}

/** The parameters of the address bar that are the client's own. */
const own = new Set(['show', 'new', 'view', 'tab', 'edit']);

function valueOf(field: DescField, texts: string[]): unknown {
  const one = (text: string): unknown => {
    if (field.message?.typeName === 'google.protobuf.Timestamp') {
      const at = new Date(text);
      return Number.isNaN(at.getTime()) ? undefined : timestampFromDate(at);
    }
    switch (field.scalar) {
      case ScalarType.BOOL:
        return text !== 'false';
      case ScalarType.INT32: {
        const n = Number.parseInt(text, 10);
        return Number.isNaN(n) ? undefined : n;
      }
      default:
        return text;
    }
  };
  if (field.fieldKind !== 'list') return one(texts[0] ?? '');
  return texts.map((text) => (field.listKind === 'scalar' && field.scalar === ScalarType.INT32 ? Number.parseInt(text, 10) : text)).filter((v) => !Number.isNaN(v));
}

/** requestOf makes a List request of the address bar's parameters; what the request does not know is left out. */
export function requestOf<M extends ListMethod>(method: M, search: Search): MessageInitShape<M['input']> {
  const out: Record<string, unknown> = {};
  for (const field of method.input.fields) {
    const texts = listOf(search[field.name]).filter((s) => s !== '');
    if (!texts.length || own.has(field.name)) continue;
    const value = valueOf(field, texts);
    if (value !== undefined) out[field.localName] = value;
  }
  return out as MessageInitShape<M['input']>;
}

/** filtersOf are the parameters that narrow a list: neither its page nor the client's own. */
export function filtersOf(method: ListMethod, search: Search): Search {
  const names = new Set(method.input.fields.filter((f) => f.number >= 10 || f.name === 'q' || f.name === 'updated_since').map((f) => f.name));
  return Object.fromEntries(Object.entries(search).filter(([k, v]) => names.has(k) && oneOf(v) !== ''));
}

/** restPathOf is the REST path of a method, such as "/api/v1/sites". */
export function restPathOf(method: ListMethod): string {
  if (!hasOption(method, http)) return '';
  const { pattern } = getOption(method, http);
  return pattern.case === 'get' ? pattern.value : '';
}

/** downloadCSV fetches every row of a list as the address bar narrows it, and hands it to the browser as a file. */
export async function downloadCSV(method: ListMethod, search: Search, name: string): Promise<void> {
  const wanted = { ...filtersOf(method, search), order_by: search.order_by };
  await download(restPathOf(method) + stringifySearch(wanted), name, 'text/csv');
}

/** download fetches a file with the person's token and hands it to the browser. */
export async function download(path: string, name: string, accept = '*/*'): Promise<void> {
  save((await fetchFile(path, accept)).body, name);
}

/** fetchFile fetches a file with the person's token, with the name that the server gives it. */
export async function fetchFile(path: string, accept = '*/*'): Promise<{ body: Blob; name: string }> {
  const answer = await fetch(path, { headers: { Authorization: `Bearer ${await bearer()}`, Accept: accept } });
  if (!answer.ok) throw new RestError(await problemOf(answer));
  return { body: await answer.blob(), name: nameOf(answer.headers.get('Content-Disposition') ?? '') };
}

/** nameOf is the file name of a Content-Disposition header (RFC 6266): its extended form where there is one. */
export function nameOf(disposition: string): string {
  const extended = /filename\*=UTF-8''([^;]+)/i.exec(disposition)?.[1];
  if (extended) {
    try {
      return decodeURIComponent(extended);
    } catch {
      // Not as the standard has it: the plain name has to do.
    }
  }
  return /filename="?([^";]+)/i.exec(disposition)?.[1] ?? 'download';
}

/** save hands bytes to the browser as a file. */
export function save(body: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(body);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
