// What the server says in English is there in German: of fields by the rules of the contract and of the rooms, of the rest by its reason.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, expect, test } from 'vitest';
import { ViolationsSchema } from '../src/gen/buf/validate/validate_pb';
import { BreachesSchema } from '../src/gen/holdfast/type/v1/type_pb';
import { faultOf, speak } from '../src/lib/faults';
import { reasons, rules } from '../src/lib/faults.de';
import { setLocale } from '../src/lib/i18n';
import { RestError } from '../src/lib/session';

const root = join(import.meta.dirname, '..', '..');
const walk = (dir: string): string[] => readdirSync(dir).flatMap((n) => (statSync(join(dir, n)).isDirectory() ? walk(join(dir, n)) : [join(dir, n)]));
const read = (dir: string, ends: RegExp) => walk(join(root, dir)).filter((f) => ends.test(f) && !f.endsWith('_test.go')).map((f) => readFileSync(f, 'utf8')).join('\n');
const go = read('server', /\.go$/);

/** spelled is the rule that a message stands for, as the server names it. */
const spelled = (message: string) =>
  message.replaceAll(/%[-+# 0]*\d*(?:\.\d+)?[a-zA-Z]|\\"[^"]*\\"/g, ' ').toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean).join('_');

/** prefixes are of messages that a state's name is put behind. */
const prefixes = ['a_new_incident_is', 'must_not_be_empty_while_it_is'];

test('every message about a field', () => {
  const said = [...go.matchAll(/(?:fault\.(?:Invalid|Exists)|\.Fault)\([^\n]*?, "((?:[^"\\]|\\.)*)"/g)].map((m) => spelled(m[1] ?? ''));
  expect(said.length).toBeGreaterThan(100);
  expect(said.filter((id) => id && !(id in rules) && !(prefixes.includes(id) && Object.keys(rules).some((k) => k.startsWith(id))))).toEqual([]);
});

test('every rule of the contract', () => {
  const contract = read('proto/holdfast', /\.proto$/);
  const named = [...contract.matchAll(/\((?:buf\.validate\.field)\)\.(?:repeated\.items\.)?(string|int32|repeated)\.(\w+) =/g)].map((m) => `${m[1]}.${m[2]}`).filter((id) => !id.endsWith('.items'));
  const own = [...contract.matchAll(/\.cel = \{\s*id: "[^"]*"\s*message: "([^"]*)"/g)].map((m) => spelled(m[1] ?? ''));
  expect(own.length).toBeGreaterThan(5);
  expect([...new Set([...named, ...own])].filter((id) => !(id in rules))).toEqual([]);
});

test('every reason', () => {
  const said = [...go.matchAll(/(?:fault\.(?:Conflict|Denied|Refused|Gone|Unauthorized|Missing)\(|fail\(\w+, \d{3}, )"(\w+)"/g)].map((m) => m[1] ?? '');
  expect(said.length).toBeGreaterThan(50);
  expect([...new Set(said)].filter((r) => !(r in reasons) && !Object.keys(reasons).some((k) => r.endsWith('_') && k.startsWith(r)))).toEqual([]);
});

afterEach(async () => {
  setLocale('en-GB');
  await speak();
});

function refused(message: string, rule: string, values: string[]) {
  const violations = create(ViolationsSchema, { violations: [{ field: { elements: [{ fieldName: 'site' }, { fieldName: 'name' }] }, message }] });
  const error = new ConnectError(`name: ${message}`, Code.InvalidArgument, { 'x-request-id': 'r1' });
  error.details = [
    { type: ViolationsSchema.typeName, value: toBinary(ViolationsSchema, violations) },
    { type: BreachesSchema.typeName, value: toBinary(BreachesSchema, create(BreachesSchema, { items: [{ rule, values }] })) },
  ];
  return faultOf(error);
}

test('German is spoken where it is chosen, with the values', async () => {
  expect(refused('must be at most 255 characters', 'string.max_len', ['255'])).toMatchObject({ message: 'name: must be at most 255 characters', fields: { name: 'must be at most 255 characters' } });
  setLocale('de-AT');
  await speak();
  expect(refused('must be at most 255 characters', 'string.max_len', ['255'])).toMatchObject({ message: 'name: darf höchstens 255 Zeichen haben', fields: { name: 'darf höchstens 255 Zeichen haben' } });
  expect(refused('must be in list [exact, none]', 'string.in', ['exact', 'none']).fields.name).toBe('muss eines hiervon sein: exact, none');
  expect(refused('is odd', 'is_odd', []).fields.name, 'what has no German').toBe('is odd');
  expect(faultOf(new RestError({ status: 409, reason: 'transition', error: 'from planned it can only become active', meta: { allowed: 'active' } })).message).toBe('Von hier aus ist nur möglich: active.');
  expect(faultOf(new RestError({ status: 400, reason: 'validation', error: 'x', fields: { password: 'short', odd: 'is odd' }, rules: { password: ['must_have_at_least_characters', '12'] } })).fields)
    .toEqual({ password: 'muss mindestens 12 Zeichen haben', odd: 'is odd' });
  expect(faultOf(new RestError({ status: 409, reason: 'transition', error: 'only active' })).message, 'a value is missing').toBe('only active');
});
