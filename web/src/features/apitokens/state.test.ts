import { expect, test } from 'vitest';
import { stateOf } from './state';

test.each([
  ['without an end', {}, 'good'],
  ['before its end', { expiresAt: { seconds: 101n } }, 'good'],
  ['at its end', { expiresAt: { seconds: 100n } }, 'ended'],
  ['revoked, whenever it ends', { expiresAt: { seconds: 1n }, revokedAt: {} }, 'revoked'],
] as const)('a token %s', (_, token, state) => expect(stateOf(token, 100_000)).toBe(state));
