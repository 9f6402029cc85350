// What went wrong, in one shape, whichever way the call went.
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { Code, ConnectError } from '@connectrpc/connect';
import { RestError } from './session';

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
  for (const detail of error.details) {
    if (!('type' in detail) || !(detail.value instanceof Uint8Array)) continue;
    if (detail.type === 'google.rpc.ErrorInfo') Object.assign(fault, errorInfo(detail.value));
    if (detail.type === 'buf.validate.Violations') {
      for (const v of violations(detail.value)) {
        for (const name of names(v.path)) fault.fields[name] ??= v.message;
      }
    }
  }
  return fault;
}

function ofRest({ problem }: RestError): Fault {
  const byStatus: Record<number, Fault['kind']> = {
    0: 'unreachable', 400: 'invalid', 401: 'signed-out', 403: 'denied', 404: 'missing', 409: 'conflict', 410: 'conflict', 412: 'stale',
    413: 'invalid', 415: 'invalid', 422: 'invalid', 429: 'limited', 502: 'unreachable', 503: 'unreachable', 504: 'unreachable',
  };
  return {
    kind: byStatus[problem.status] ?? 'broken',
    reason: problem.reason,
    message: problem.error,
    fields: problem.fields ?? {},
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

/** violations decodes buf.validate.Violations{violations = 1: {message = 3, field = 5: {elements = 1: {field_name = 2}}}}. */
function violations(bytes: Uint8Array): { path: string[]; message: string }[] {
  const out: { path: string[]; message: string }[] = [];
  const into = (wanted: number, take: (bytes: Uint8Array) => void) => (no: number, r: BinaryReader) => no === wanted && (take(r.bytes()), true);
  each(bytes, into(1, (one) => {
    const v = { path: [] as string[], message: '' };
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
