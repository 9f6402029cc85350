/** State is whether a token is good. */
export type State = 'good' | 'revoked' | 'ended';

/** stateOf is the state of a token at a time, in milliseconds. */
export function stateOf(token: { revokedAt?: unknown; expiresAt?: { seconds: bigint } }, now: number): State {
  if (token.revokedAt) return 'revoked';
  return token.expiresAt && Number(token.expiresAt.seconds) * 1000 <= now ? 'ended' : 'good';
}
