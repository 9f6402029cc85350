import { expect, test } from 'vitest';
import { beginning, called } from './mention';

test('whom a text calls by name', () => {
  const people = [{ id: '1', label: 'Ann Lee' }, { id: '2', label: 'Ann Lee-Ray' }, { id: '3', label: 'Bob' }];
  expect(called(people, 'ask @Ann Lee-Ray, not Bob')).toEqual(['2']);
  expect(called(people, '@Ann Lee and @Ann Lee-Ray')).toEqual(['2', '1']);
  expect(called(people, 'nobody')).toEqual([]);
});

test('a name that is being typed', () => {
  const typed = (text: string) => beginning(text, text.length);
  expect(typed('@')).toEqual({ from: 0, name: '' });
  expect(typed('ask @Ann L')).toEqual({ from: 4, name: 'Ann L' });
  expect(typed('(@Zoë')).toEqual({ from: 1, name: 'Zoë' });
  for (const text of ['ann@example', 'ask @Ann, now', '@one two three four', 'nobody', '@Ann\n']) expect(typed(text)).toBeUndefined();
});
