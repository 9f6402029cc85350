import { expect, it } from 'vitest';
import { priorityOf, withPriority, withTarget } from './policy';

it('keeps all nine cells when one changes', () => {
  const next = withPriority([{ impact: 1, urgency: 1, priority: 1 }], 2, 3, 4);
  expect(next).toHaveLength(9);
  expect(priorityOf(next, 1, 1)).toBe(1);
  expect(priorityOf(next, 2, 3)).toBe(4);
  expect(priorityOf(next, 3, 3)).toBe(5);
});

it('keeps one target for each priority, and none that promises nothing', () => {
  const one = { priority: 2, responseMinutes: 60, resolveMinutes: 0 };
  expect(withTarget([one], { priority: 1, responseMinutes: 15, resolveMinutes: 240 }).map((s) => s.priority)).toEqual([1, 2]);
  expect(withTarget([one], { ...one, responseMinutes: 30 })).toEqual([{ ...one, responseMinutes: 30 }]);
  expect(withTarget([one], { ...one, responseMinutes: 0 })).toEqual([]);
});
