import { fromJson } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import { expect, it } from 'vitest';
import { valueText } from './value';

it('shows values of the journal as texts', () => {
  const text = (json: Parameters<typeof fromJson>[1]) => valueText(fromJson(ValueSchema, json));
  expect(text('open')).toBe('open');
  expect(text(['a', 'b'])).toBe('a, b');
  expect(text(3)).toBe('3');
  expect(text({ a: [1] })).toBe('{"a":[1]}');
  expect(text(null)).toBe('');
  expect(valueText(undefined)).toBe('');
});
