// What the first load needs not know of the contract is taken out of the generated code when the client is built. Types, tests and the
// development server see the whole of it.
import { readFileSync } from 'node:fs';
import { fromBinary, getExtension, hasExtension, toBinary, type UnknownField } from '@bufbuild/protobuf';
import { base64Decode, base64Encode, BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { FileDescriptorProtoSchema, type DescriptorProto, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import type { Plugin } from 'vite';
import { access } from './src/gen/holdfast/access/v1/access_pb.ts';

/** The numbers of options: buf.validate's rules, google.api's http and field_behavior. */
const rules = 1159;
const http = 72295728;

const descriptor = /fileDesc\("([^"]*)"(?:,\s*\[([^\]]*)\])?\)/;

/** heavy are files that only options need. Options are read by their extension, which whoever asks for them brings along. */
const heavy = ['buf/validate/validate.proto', 'google/api/annotations.proto', 'google/api/field_behavior.proto'];

function read(code: string): FileDescriptorProto | undefined {
  const found = descriptor.exec(code);
  return found?.[1] ? fromBinary(FileDescriptorProtoSchema, base64Decode(found[1])) : undefined;
}

/** onlyTexts keeps of a field's rules how long a text may be, and which words: FieldRules{string = 14: StringRules{max_len = 3, in = 10}}. */
function onlyTexts(one: UnknownField): UnknownField[] {
  const all = new BinaryReader(new BinaryReader(one.data).bytes());
  const kept = new BinaryWriter();
  while (all.pos < all.len) {
    const [no, type] = all.tag();
    if (no !== 14) {
      all.skip(type);
      continue;
    }
    kept.tag(no, type).fork();
    const text = new BinaryReader(all.bytes());
    while (text.pos < text.len) {
      const [rule, how] = text.tag();
      if (rule === 3) kept.tag(rule, how).uint64(text.uint64());
      else if (rule === 10) kept.tag(rule, how).bytes(text.bytes());
      else text.skip(how);
    }
    kept.join();
  }
  const data = kept.finish();
  return data.length ? [{ ...one, data: new BinaryWriter().bytes(data).finish() }] : [];
}

function lighten(m: DescriptorProto) {
  for (const f of m.field) if (f.options?.$unknown) f.options.$unknown = f.options.$unknown.flatMap((u) => (u.no === rules ? onlyTexts(u) : [u]));
  for (const o of [m.options, ...m.oneofDecl.map((x) => x.options)]) if (o?.$unknown) o.$unknown = o.$unknown.filter((u) => u.no !== rules);
  m.nestedType.forEach(lighten);
}

/** slim is a service for those who only ask who may call it: names and access rules, no messages. */
function slim(file: FileDescriptorProto): string {
  return file.service
    .map((s) => {
      const methods = s.method.map((m) => {
        const rule = m.options && hasExtension(m.options, access) ? getExtension(m.options, access) : undefined;
        const said = { rule: { case: rule?.rule.case, value: typeof rule?.rule.value === 'object' ? {} : rule?.rule.value }, also: rule?.also ?? '', feature: rule?.feature ?? '' };
        const local = m.name[0]?.toLowerCase() + m.name.slice(1);
        return `${s.name}.method.${local} = {kind: "rpc", name: "${m.name}", localName: "${local}", parent: ${s.name}, access: ${JSON.stringify(said)}};`;
      });
      return `export const ${s.name} = {kind: "service", name: "${s.name}", typeName: "${file.package}.${s.name}", method: {}};\n${methods.join('\n')}`;
    })
    .join('\n');
}

/** contract is the plugin. */
export function contract(): Plugin {
  return {
    name: 'contract',
    apply: 'build',
    enforce: 'pre',
    async resolveId(id, from) {
      // A feature's feature.ts is in the first load, and asks only who may see what.
      if (!from || !/\/features\/[^/]+\/feature\.ts$/.test(from) || !id.includes('/gen/')) return null;
      const found = await this.resolve(id, from, { skipSelf: true });
      return found && `${found.id}?slim`;
    },
    load(id) {
      if (!id.endsWith('?slim')) return null;
      const file = read(readFileSync(id.slice(0, -'?slim'.length), 'utf8'));
      return { code: file ? slim(file) : '', moduleType: 'js' };
    },
    transform(code, id) {
      if (!/\/src\/gen\/holdfast\/.*_pb\.ts$/.test(id)) return null;
      const file = read(code);
      if (!file) return null;
      file.dependency = file.dependency.filter((d) => !heavy.includes(d));
      file.messageType.forEach(lighten);
      for (const m of file.service.flatMap((s) => s.method)) {
        if (m.options?.$unknown) m.options.$unknown = m.options.$unknown.filter((u) => u.no !== http || m.name.startsWith('List'));
      }
      return code.replace(descriptor, (_, __, deps: string | undefined) => {
        const kept = (deps ?? '').split(',').map((d) => d.trim()).filter((d) => d && !/^file_(buf_validate|google_api)_/.test(d));
        return `fileDesc("${base64Encode(toBinary(FileDescriptorProtoSchema, file), 'std_raw')}", [${kept.join(', ')}])`;
      });
    },
  };
}
