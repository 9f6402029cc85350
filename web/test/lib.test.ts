import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import { beforeEach, describe, expect, test } from 'vitest';
import { ViolationsSchema } from '../src/gen/buf/validate/validate_pb';
import { ListSitesRequestSchema, SiteSchema, SiteService } from '../src/gen/holdfast/sites/v1/sites_pb';
import { IncidentService } from '../src/gen/holdfast/incidents/v1/incidents_pb';
import { listOf, parseSearch, stringifySearch } from '../src/lib/address';
import { contrast, shades } from '../src/lib/color';
import { dropDraft, keepDraft, readDraft } from '../src/lib/drafts';
import { faultOf } from '../src/lib/faults';
import { bytes, relative, span } from '../src/lib/format';
import { catalogue, setLocale } from '../src/lib/i18n';
import { filtersOf, requestOf, restPathOf } from '../src/lib/lists';
import { allowed, covers } from '../src/lib/me';
import { changedKeys, isRequired, maxLength, pathsOf, same } from '../src/lib/record';
import { initials } from '../src/ui/person';

beforeEach(() => {
  localStorage.clear();
  setLocale('en-GB');
});

describe('the address bar', () => {
  test('holds what the REST lists take', () => {
    const search = parseSearch('?status=new&status=open&q=a%20b&new');
    expect(search).toEqual({ status: ['new', 'open'], q: 'a b', new: '' });
    expect(stringifySearch(search)).toBe('?status=new&status=open&q=a+b&new');
    expect(stringifySearch({ page: undefined })).toBe('');
    expect(listOf(undefined)).toEqual([]);
  });
  test('becomes the request by its descriptor', () => {
    expect(requestOf(SiteService.method.listSites, { status: 'active', page: '2', per_page: 'x', q: 'graz', open: 'id', unknown: '1', updated_since: '2026-01-02T00:00:00Z' })).toEqual({
      status: ['active'], page: 2, q: 'graz', updatedSince: timestampFromDate(new Date('2026-01-02T00:00:00Z')),
    });
    create(ListSitesRequestSchema, requestOf(SiteService.method.listSites, { status: ['active', 'planned'] }));
    expect(filtersOf(SiteService.method.listSites, { status: 'active', page: '2', order_by: 'name', open: 'x', q: 'a' })).toEqual({ status: 'active', q: 'a' });
    expect(restPathOf(SiteService.method.listSites)).toBe('/api/v1/sites');
  });
});

describe('may', () => {
  const method = SiteService.method.updateSite;
  test.each([
    [['*'], true], [['sites:*'], true], [['sites:update'], true], [['sites:read', 'assets:update'], false], [[], false],
  ])('%j → %s', (permissions, is) => expect(allowed({ permissions, features: [] }, method)).toBe(is));
  test('nobody may nothing but what is public', () => {
    expect(allowed(undefined, method)).toBe(false);
    expect(allowed(undefined, IncidentService.method.listIncidents)).toBe(false);
  });
  test('a wildcard of one word is none of another', () => expect(covers(['site:*'], 'sites:read')).toBe(false));
});

describe('records', () => {
  const site = create(SiteSchema, { id: 'x', version: 3, name: 'A', address: 'B' });
  test('know what changed', () => {
    expect(changedKeys(SiteSchema, site, { name: 'A', address: undefined, description: '' })).toEqual(['address']);
    expect(pathsOf(SiteSchema, ['createdAt'])).toEqual(['created_at']);
    expect(same(SiteSchema.field.createdAt, timestampFromDate(new Date(5)), timestampFromDate(new Date(5)))).toBe(true);
  });
  test('know the contract', () => {
    expect(isRequired(SiteSchema.field.name)).toBe(true);
    expect(isRequired(SiteSchema.field.address)).toBe(false);
    expect(maxLength(SiteSchema.field.name)).toBe(255);
  });
});

describe('faults', () => {
  test('carry the fields, the reason and the request', () => {
    const violations = create(ViolationsSchema, { violations: [{ field: { elements: [{ fieldName: 'site' }, { fieldName: 'name' }] }, message: 'is taken' }] });
    const error = new ConnectError('name is taken', Code.AlreadyExists, { 'x-request-id': 'r1' }, [{ desc: ViolationsSchema, value: violations }]);
    const fault = faultOf(error);
    expect([fault.kind, fault.requestId]).toEqual(['exists', 'r1']);
    const sent = new ConnectError('name is taken', Code.AlreadyExists, { 'x-request-id': 'r1' });
    sent.details = [{ type: ViolationsSchema.typeName, value: toBinary(ViolationsSchema, violations) }];
    expect(faultOf(sent).fields).toMatchObject({ name: 'is taken' });
  });
  test('tell a silent server from a broken one', () => {
    expect(faultOf(new ConnectError('boom', Code.Internal, { 'x-request-id': 'r' })).kind).toBe('broken');
    expect(faultOf(new TypeError('Failed to fetch')).kind).toBe('unreachable');
    expect(faultOf(new ConnectError('stale', Code.Aborted)).kind).toBe('stale');
  });
});

describe('words', () => {
  const use = catalogue({ hello: 'Hello {name}', n: { one: '{n} row', other: '{n} rows' } }, { hello: 'Hallo {name}', n: { one: '{n} Zeile', other: '{n} Zeilen' } });
  test('are filled in and counted, in both languages', () => {
    expect(use.t('hello', { name: 'Ada' })).toBe('Hello Ada');
    expect([use.t('n', { n: 1 }), use.t('n', { n: 1200 })]).toEqual(['1 row', '1,200 rows']);
    setLocale('de-DE');
    expect([use.t('hello', { name: 'Ada' }), use.t('n', { n: 1200 })]).toEqual(['Hallo Ada', '1.200 Zeilen']);
    expect(use.word('no such key')).toBe('no such key');
  });
});

describe('formats', () => {
  test('say how long ago', () => {
    const now = Date.UTC(2026, 0, 10);
    expect(relative(new Date(now - 3 * 3600_000), now)).toBe('3 hours ago');
    expect(relative(new Date(now + 2 * 86_400_000), now)).toBe('in 2 days');
    expect(relative(undefined)).toBe('');
  });
  test('say how long', () => expect([span(59), span(125 * 60), span(-90_000), span(0)]).toEqual(['59 s', '2 h 05 min', '−1 d 1 h', '0 s']));
  test('say how much', () => expect([bytes(12), bytes(1536), bytes(5 * 1024 ** 3)]).toEqual(['12 B', '1.5 KiB', '5 GiB']));
  test('shorten names', () => expect([initials('Ada Maria Lindqvist'), initials('ben'), initials(' ')]).toEqual(['AL', 'B', '?']));
});

describe('drafts', () => {
  test('outlive a reload, and go when they are stored', () => {
    keepDraft('site.new', { name: 'A', at: { seconds: 5n } });
    expect(readDraft('site.new')).toEqual({ name: 'A', at: { seconds: 5n } });
    dropDraft('site.new');
    expect(readDraft('site.new')).toBeUndefined();
  });
  test('are nobody else’s', () => {
    localStorage.setItem('holdfast.draft.x', JSON.stringify({ at: Date.now(), by: 'somebody else', value: 1 }));
    expect(readDraft('x')).toBeUndefined();
  });
});

test.each(['#2563a8', '#ffe600', '#000000', '#ffffff', '#00ff88', '#e4002b'])('any accent can be read: %s', (colour) => {
  const s = shades(colour);
  expect(s).toHaveLength(10);
  expect(contrast(s[7], '#ffffff')).toBeGreaterThanOrEqual(4.5);
  expect(contrast(s[4], '#25282d')).toBeGreaterThanOrEqual(4.5);
  // Where one is in the navigation.
  expect(contrast(s[8], '#e4e8f0')).toBeGreaterThanOrEqual(4.5);
  expect(contrast(s[2], '#30343a')).toBeGreaterThanOrEqual(4.5);
});
