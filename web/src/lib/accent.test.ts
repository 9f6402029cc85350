import { beforeEach, expect, test, vi } from 'vitest';
import { accent, setAccent, subscribeAccent } from './accent';

beforeEach(() => setAccent(undefined));

test('the tenant’s colour is told to whoever draws, and kept for the next start', () => {
  const tell = vi.fn();
  const stop = subscribeAccent(tell);
  setAccent('#0A7CFF');
  setAccent('#0A7CFF');
  expect(accent()).toBe('#0A7CFF');
  expect(localStorage.getItem('holdfast.accent')).toBe('#0A7CFF');
  expect(tell).toHaveBeenCalledTimes(1);
  stop();
  setAccent('#111111');
  expect(tell).toHaveBeenCalledTimes(1);
});

test.each([undefined, '', 'red', '#12345', 'url(x)'])('%s brings the usual colour back', (colour) => {
  const usual = accent();
  setAccent('#0a7cff');
  setAccent(colour);
  expect(accent()).toBe(usual);
});
