import { expect, test } from 'vitest';
import { called } from './mention';

test('whom a text calls by name', () => {
  const people = [{ id: '1', label: 'Ann Lee' }, { id: '2', label: 'Ann Lee-Ray' }, { id: '3', label: 'Bob' }];
  expect(called(people, 'ask @Ann Lee-Ray, not Bob')).toEqual(['2']);
  expect(called(people, '@Ann Lee and @Ann Lee-Ray')).toEqual(['2', '1']);
  expect(called(people, 'nobody')).toEqual([]);
});
