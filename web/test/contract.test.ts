// What the build takes out of the contract leaves what the client asks of it.
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { build } from 'vite';
import { contract } from '../contract';

vi.setConfig({ testTimeout: 60_000 });

/** built builds a file of the client with other code in it, and answers what that exports. */
async function built(file: string, code: string): Promise<Record<string, unknown>> {
  const entry = join(import.meta.dirname, '..', 'src', file);
  const done = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [{ name: 'entry', enforce: 'pre', load: (id) => (id === entry ? code : null) }, contract()],
    build: { write: false, lib: { entry, formats: ['es'] } },
  });
  const [{ output }] = done as unknown as [{ output: [{ code: string }] }];
  return { ...((await import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`)) as object) };
}

test('forms know what is required, how long a text may be and which words', async () => {
  const said = await built(
    'features/sites/form.tsx',
    `import { SiteSchema } from '../../gen/holdfast/sites/v1/sites_pb';
     import { AssetSchema, ListAssetsRequestSchema } from '../../gen/holdfast/assets/v1/assets_pb';
     import { isRequired, maxLength, wordsOf } from '../../lib/record';
     export const name = [isRequired(SiteSchema.field.name), maxLength(SiteSchema.field.name)];
     export const address = [isRequired(SiteSchema.field.address), maxLength(SiteSchema.field.address)];
     export const criticality = [AssetSchema, ListAssetsRequestSchema].map((s) => wordsOf(s.field.criticality));`,
  );
  const levels = ['low', 'medium', 'high', 'critical'];
  expect(said).toEqual({ name: [true, 255], address: [false, 1000], criticality: [levels, levels] });
});

test('a list knows its parameters and its path, and a text outside of ASCII comes back as it was', async () => {
  const said = await built(
    'features/sites/list.tsx',
    `import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
     import { SiteSchema, SiteService } from '../../gen/holdfast/sites/v1/sites_pb';
     import { requestOf, restPathOf } from '../../lib/lists';
     import { allowed } from '../../lib/me';
     export const path = restPathOf(SiteService.method.listSites);
     export const request = requestOf(SiteService.method.listSites, { status: 'active', page: '2', unknown: '1' });
     export const name = fromBinary(SiteSchema, toBinary(SiteSchema, create(SiteSchema, { name: 'Köln' }))).name;
     export const may = [['sites:read'], ['assets:read']].map((permissions) => allowed({ permissions, features: [] }, SiteService.method.listSites));`,
  );
  expect(said).toEqual({ path: '/api/v1/sites', request: { status: ['active'], page: 2 }, name: 'Köln', may: [true, false] });
});

test('the first load knows who may call what it asks about, and no more', async () => {
  const said = await built(
    'features/sites/feature.ts',
    `import { SiteService } from '../../gen/holdfast/sites/v1/sites_pb';
     import { allowed } from '../../lib/me';
     export const may = [['sites:create'], ['sites:read'], ['*']].map((permissions) => allowed({ permissions, features: [] }, SiteService.method.createSite));
     export const known = [SiteService.typeName, Object.keys(SiteService.method).toSorted()];`,
  );
  expect(said).toEqual({ may: [true, false, true], known: ['holdfast.sites.v1.SiteService', ['createSite', 'listSites']] });
});
