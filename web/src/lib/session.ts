// Who is signed in. The access token lives in memory only; the refresh token is a cookie that scripts cannot read. When the access
// token ends, one tab renews it under a lock and tells the others.

/** What the sign-in routes answer (see holdfast.auth.v1.SignIn; REST JSON uses the proto's field names). */
export interface SignIn {
  access_token: string | null;
  expires_in: number | null;
  mfa_required: boolean;
  mfa_enrollment_required: boolean;
  mfa_token: string | null;
  user: { id: string } | null;
  tenant: { id: string; status: string } | null;
}

/** Problem is the body of a refused REST call. */
export interface Problem {
  status: number;
  reason: string;
  error: string;
  fields?: Record<string, string>;
  /** Of each field the rule that it breaks, and what the rule asks for. */
  rules?: Record<string, string[]>;
  /** Facts beside the reason. */
  meta?: Record<string, string>;
  request_id?: string;
  /** Seconds to wait, where the server names them. */
  retryAfter?: number;
}

/** RestError is thrown by rest() when the server refuses, or cannot be reached (status 0). */
export class RestError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.error);
    this.problem = problem;
  }
}

/** State is what the app draws by. "expired": it was signed in, and must sign in again to go on; what is on the screen stays. */
export type State = 'starting' | 'out' | 'in' | 'expired';

interface Shared {
  kind: 'token' | 'out' | 'reload' | 'ask';
  token?: string;
  until?: number;
  user?: string;
}

const hint = 'holdfast.session';
const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('holdfast-session');

let state: State = 'starting';
let token = '';
let until = 0;
let user = '';
let renewing: Promise<string> | undefined;
const listeners = new Set<() => void>();
const waiting = new Set<() => void>();

function change(next: State) {
  state = next;
  for (const tell of listeners) tell();
}

function take(next: { token: string; until: number; user: string }) {
  // Another person at the same browser: nothing on this screen is theirs.
  if (user && next.user && next.user !== user) {
    location.reload();
    return;
  }
  token = next.token;
  until = next.until;
  user = next.user || user;
  if (state !== 'in') change('in');
  for (const go of waiting) go();
  waiting.clear();
}

channel?.addEventListener('message', (e: MessageEvent<Shared>) => {
  const m = e.data;
  if (m.kind === 'token' && m.token && m.until) take({ token: m.token, until: m.until, user: m.user ?? '' });
  if (m.kind === 'ask' && state === 'in' && Date.now() < until - 30_000) publish();
  if (m.kind === 'out') {
    token = '';
    if (state !== 'out') location.assign('/signin');
  }
  if (m.kind === 'reload') location.assign('/');
});

function publish() {
  channel?.postMessage({ kind: 'token', token, until, user } satisfies Shared);
}

/** rest calls one of the few routes that are REST for browsers: they set or read the cookie. */
export async function rest<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token && !path.startsWith('/api/v1/auth/refresh')) headers.Authorization = `Bearer ${token}`;
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal, credentials: 'same-origin' });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new RestError({ status: 0, reason: 'unreachable', error: 'The server cannot be reached.' });
  }
  if (!answer.ok) throw new RestError(await problemOf(answer));
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** restAs calls with a token of its own: the one of a sign-in that still lacks its second factor. */
export async function restAs<T>(bearer: string, method: string, path: string, body: unknown): Promise<T> {
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json', Authorization: `Bearer ${bearer}` };
  const answer = await fetch(path, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new RestError(await problemOf(answer));
  return (await answer.json()) as T;
}

/** problemOf reads the body of a refused call, whatever it is. */
export async function problemOf(answer: Response): Promise<Problem> {
  const problem: Problem = { status: answer.status, reason: '', error: answer.statusText };
  try {
    Object.assign(problem, await answer.json());
  } catch {
    // A proxy's page or nothing: the status has to do.
  }
  problem.request_id ??= answer.headers.get('X-Request-Id') ?? undefined;
  const after = Number(answer.headers.get('Retry-After'));
  if (after > 0) problem.retryAfter = after;
  return problem;
}

/** accept takes the outcome of a sign-in and tells the other tabs. It is false while a second step is due. */
export function accept(s: SignIn): boolean {
  if (!s.access_token) return false;
  localStorage.setItem(hint, '1');
  take({ token: s.access_token, until: Date.now() + (s.expires_in ?? 900) * 1000, user: s.user?.id ?? user });
  localStorage.setItem(`${hint}.at`, String(Date.now()));
  publish();
  return true;
}

/** expectSession says that a sign-in is about to happen elsewhere (single sign-on), so that the next start looks for its cookie. */
export function expectSession() {
  localStorage.setItem(hint, '1');
}

/** renew gets a new access token, once for all tabs. It rejects with a RestError; 401 means that the session is over. */
export function renew(): Promise<string> {
  const before = token;
  renewing ??= locked(() => renewAlone(before)).finally(() => {
    renewing = undefined;
  });
  return renewing;
}

async function locked<T>(work: () => Promise<T>): Promise<T> {
  return navigator.locks ? await navigator.locks.request('holdfast-renew', work) : await work();
}

async function renewAlone(before: string): Promise<string> {
  // Another tab may have renewed while we waited for the lock: its message has come, or is on the way.
  if (token && token !== before) return token;
  const at = Number(localStorage.getItem(`${hint}.at`) ?? 0);
  if (channel && Date.now() - at < 10_000 && (await heard(before))) return token;
  const answer = await rest<SignIn>('POST', '/api/v1/auth/refresh', {});
  if (!accept(answer)) throw new RestError({ status: 401, reason: 'unauthenticated', error: 'Sign in again.' });
  return token;
}

/** heard asks the other tabs for the token that one of them has just got; a tab that is there answers within some milliseconds, so that
 * a page that is alone loses next to nothing. */
async function heard(before: string): Promise<boolean> {
  channel?.postMessage({ kind: 'ask' } satisfies Shared);
  for (let i = 0; i < 10 && token === before; i++) await new Promise((go) => setTimeout(go, 10));
  return token !== '' && token !== before;
}

/** begin looks for a session that was there before a reload. */
export async function begin(): Promise<void> {
  if (!localStorage.getItem(hint)) {
    change('out');
    return;
  }
  try {
    await renew();
  } catch (fault) {
    // A server that cannot be reached is no reason to forget the session: whoever asks again finds it.
    if (fault instanceof RestError && fault.problem.status === 401) localStorage.removeItem(hint);
    else throw fault;
    change('out');
  }
}

/** bearer is a token that is good for a call now; it renews one that is about to end. Empty when nobody is signed in. */
export async function bearer(): Promise<string> {
  if (token && Date.now() > until - 20_000) {
    try {
      return await renew();
    } catch {
      return token;
    }
  }
  return token;
}

/** again is called after a 401 for the token that was refused: it answers a better one, after a new sign-in where that is needed. */
export async function again(refused: string): Promise<string> {
  if (token && token !== refused) return token;
  try {
    return await renew();
  } catch (fault) {
    if (!(fault instanceof RestError) || fault.problem.status !== 401) throw fault;
  }
  if (state === 'in') change('expired');
  await new Promise<void>((go) => waiting.add(go));
  return token;
}

/** signOut ends the session here and in all tabs. */
export async function signOut(): Promise<void> {
  try {
    await rest('POST', '/api/v1/auth/logout', {});
  } finally {
    localStorage.removeItem(hint);
    channel?.postMessage({ kind: 'out' } satisfies Shared);
    location.assign('/signin');
  }
}

/** switched takes the token for another tenant; every tab begins anew there. */
export function switched(accessToken: string, seconds: number) {
  token = accessToken;
  until = Date.now() + seconds * 1000;
  channel?.postMessage({ kind: 'reload' } satisfies Shared);
  location.assign('/');
}

export const current = (): State => state;
export const userId = (): string => user;

/** subscribe calls back at every change of the state, for useSyncExternalStore. */
export function subscribe(tell: () => void): () => void {
  listeners.add(tell);
  return () => listeners.delete(tell);
}
