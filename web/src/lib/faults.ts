// What went wrong, in one shape, whichever way the call went.
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import type * as German from './faults.de';
import { getLocale, subscribe } from './i18n';
import { RestError } from './session';

/** The server speaks English; this is what it says in the language that is spoken here, where that is another. */
let spoken: typeof German | undefined;

/** speak loads the words of the language that is spoken now. */
export async function speak() {
  spoken = getLocale() === 'de' ? await import('./faults.de') : undefined;
}
const speakAnew = () => void speak().catch(() => undefined); // without the words, the server's own are told
subscribe(speakAnew);
speakAnew();

/** Fault is a refused call: what the server said, for people and for forms. */
export interface Fault {
  /** A class that the client acts on. */
  kind: 'invalid' | 'stale' | 'exists' | 'conflict' | 'denied' | 'signed-out' | 'missing' | 'limited' | 'unreachable' | 'broken';
  /** The server's own reason, such as "tenant_pending"; empty when it never answered. */
  reason: string;
  message: string;
  /** A message per field, by the field's proto name such as "site_id". */
  fields: Record<string, string>;
  /** Facts beside the reason, such as what uses a record. */
  meta: Record<string, string>;
  requestId: string;
  /** Seconds to wait before another try; 0 when the server names none. */
  retryAfter: number;
}

const kinds: Partial<Record<Code, Fault['kind']>> = {
  [Code.InvalidArgument]: 'invalid',
  [Code.Aborted]: 'stale',
  [Code.AlreadyExists]: 'exists',
  [Code.FailedPrecondition]: 'conflict',
  [Code.PermissionDenied]: 'denied',
  [Code.Unauthenticated]: 'signed-out',
  [Code.NotFound]: 'missing',
  [Code.ResourceExhausted]: 'limited',
  [Code.Unavailable]: 'unreachable',
  [Code.DeadlineExceeded]: 'unreachable',
};

/** faultOf reads any thrown value. */
export function faultOf(thrown: unknown): Fault {
  if (thrown instanceof RestError) return ofRest(thrown);
  const error = ConnectError.from(thrown);
  const answered = error.metadata.has('x-request-id');
  const fault: Fault = {
    kind: kinds[error.code] ?? (answered ? 'broken' : 'unreachable'),
    reason: '',
    message: error.rawMessage,
    fields: {},
    meta: {},
    requestId: error.metadata.get('x-request-id') ?? '',
    retryAfter: Number(error.metadata.get('retry-after') ?? 0) || 0,
  };
  let wrong: Violation[] = [];
  for (const detail of error.details) {
    if (!('type' in detail) || !(detail.value instanceof Uint8Array)) continue;
    if (detail.type === 'google.rpc.ErrorInfo') Object.assign(fault, errorInfo(detail.value));
    if (detail.type === 'buf.validate.Violations') wrong = violations(detail.value);
    if (detail.type === 'holdfast.type.v1.Breaches') breaches(detail.value, wrong);
  }
  for (const v of wrong) for (const name of names(v.path)) fault.fields[name] ??= v.message;
  fault.message = inWords(spoken?.reasons[fault.reason], fault.meta) ?? fault.message;
  if (spoken && wrong.length) fault.message = wrong.map((v) => `${v.path.at(-1) ?? ''}: ${v.message}`).join('; ');
  return fault;
}

/** inWords fills a text; undefined where there is none, or where a value is missing. */
function inWords(text: string | undefined, values: Record<string, string>): string | undefined {
  const filled = text?.replaceAll(/\{(\w+)\}/g, (hole, name: string) => values[name] ?? hole);
  return filled && !/\{\w+\}/.test(filled) ? filled : undefined;
}

function ofRest({ problem }: RestError): Fault {
  const byStatus: Record<number, Fault['kind']> = {
    0: 'unreachable', 400: 'invalid', 401: 'signed-out', 403: 'denied', 404: 'missing', 409: 'conflict', 410: 'conflict', 412: 'stale',
    413: 'invalid', 415: 'invalid', 422: 'invalid', 429: 'limited', 502: 'unreachable', 503: 'unreachable', 504: 'unreachable',
  };
  return {
    kind: byStatus[problem.status] ?? 'broken',
    reason: problem.reason,
    message: inWords(spoken?.reasons[problem.reason], problem.meta ?? {}) ?? problem.error,
    fields: Object.fromEntries(Object.entries(problem.fields ?? {}).map(([name, message]) => [name, ruleInWords(problem.rules?.[name] ?? []) ?? message])),
    meta: {},
    requestId: problem.request_id ?? '',
    retryAfter: problem.retryAfter ?? 0,
  };
}

/** names gives the field as the message names it: "site.name" of a request is "name" of the form, "items[2]" is "items". */
function names(parts: string[]): string[] {
  return [...new Set([parts.join('.'), parts.slice(1).join('.'), parts[1] ?? '', parts[0] ?? ''])].filter(Boolean);
}

/** each calls back for every field of a message. The two messages of errors are read by hand: their descriptors would weigh more than all else
 * of the first page. */
function each(bytes: Uint8Array, take: (no: number, r: BinaryReader) => boolean) {
  const r = new BinaryReader(bytes);
  while (r.pos < r.len) {
    const [no, type] = r.tag();
    if (!take(no, r)) r.skip(type);
  }
}

interface Violation {
  path: string[];
  message: string;
}

/** into calls back for the messages in one field. */
const into = (wanted: number, take: (bytes: Uint8Array) => void) => (no: number, r: BinaryReader) => no === wanted && (take(r.bytes()), true);

/** violations decodes buf.validate.Violations{violations = 1: {message = 3, field = 5: {elements = 1: {field_name = 2}}}}. */
function violations(bytes: Uint8Array): Violation[] {
  const out: Violation[] = [];
  each(bytes, into(1, (one) => {
    const v: Violation = { path: [], message: '' };
    each(one, (no, r) => {
      if (no === 3) v.message = r.string();
      else if (no === 5) each(r.bytes(), into(1, (element) => each(element, (n, e) => n === 2 && (v.path.push(e.string()), true))));
      else return false;
      return true;
    });
    out.push(v);
  }));
  return out;
}

/** breaches decodes holdfast.type.v1.Breaches{items = 1: {rule = 1, values = 2}}, one for each violation, and says them in words. */
function breaches(bytes: Uint8Array, of: Violation[]) {
  let i = 0;
  each(bytes, into(1, (one) => {
    let rule = '';
    const values: string[] = [];
    each(one, (no, r) => {
      if (no === 1) rule = r.string();
      else if (no === 2) values.push(r.string());
      else return false;
      return true;
    });
    const v = of[i++];
    if (v) v.message = ruleInWords([rule, ...values]) ?? v.message;
  }));
}

/** ruleInWords says a rule and its values. */
function ruleInWords([rule = '', ...values]: string[]): string | undefined {
  return inWords(spoken?.rules[rule], { ...Object.fromEntries(values.map((value, n) => [n + 1, value])), all: values.join(', ') });
}

/** errorInfo decodes google.rpc.ErrorInfo{reason = 1, domain = 2, metadata = 3}. */
function errorInfo(bytes: Uint8Array): Pick<Fault, 'reason' | 'meta'> {
  const out = { reason: '', meta: {} as Record<string, string> };
  const r = new BinaryReader(bytes);
  while (r.pos < r.len) {
    const [no, type] = r.tag();
    if (no === 1) out.reason = r.string();
    else if (no === 3) {
      const end = r.uint32() + r.pos;
      const pair = ['', ''];
      while (r.pos < end) pair[r.tag()[0] - 1] = r.string();
      out.meta[pair[0] ?? ''] = pair[1] ?? '';
    } else r.skip(type);
  }
  return out;
}
