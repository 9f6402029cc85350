import { describe, expect, it } from 'vitest';
import { grants, linesOf, toggled, wider } from './grants';

describe('permissions of a group', () => {
  it('are given by themselves or by a wildcard', () => {
    expect(grants(['assets:read'], 'assets', 'read')).toBe(true);
    expect(grants(['assets:read'], 'assets', 'update')).toBe(false);
    expect(grants(['assets:*'], 'assets', 'update')).toBe(true);
    expect(grants(['*'], 'sites', 'read')).toBe(true);
    expect(wider(['assets:*'], 'assets', 'read')).toBe(true);
    expect(wider(['assets:*'], 'assets', '*')).toBe(false);
  });
  it('shrink to the wildcard that covers them', () => {
    expect(toggled(['assets:read', 'assets:update', 'sites:read'], 'assets:*')).toEqual(['assets:*', 'sites:read']);
    expect(toggled(['assets:*', 'sites:read'], '*')).toEqual(['*']);
    expect(toggled(['assets:read'], 'assets:read')).toEqual([]);
  });
  it('stand in a table, the usual actions first', () => {
    const { lines, actions } = linesOf([
      { resource: 'users', action: 'manage' }, { resource: 'assets', action: 'update' }, { resource: 'assets', action: 'read' }, { resource: 'users', action: 'invite' },
    ]);
    expect(actions).toEqual(['read', 'update', 'manage', 'invite']);
    expect(lines).toEqual([
      { resource: 'assets', actions: ['read', 'update'] },
      { resource: 'users', actions: ['manage', 'invite'] },
    ]);
  });
});
