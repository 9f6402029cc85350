// What the first load needs not know of the contract is taken out of the generated code when the client is built. Types, tests and the
// development server see the whole of it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary, getExtension, hasExtension, toBinary, type UnknownField } from '@bufbuild/protobuf';
import { base64Decode, BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { FileDescriptorProtoSchema, type DescriptorProto, type FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import type { Plugin } from 'vite';
import { access } from './src/gen/holdfast/access/v1/access_pb.ts';

/** The numbers of options: buf.validate's rules, google.api's http and field_behavior. */
const rules = 1159;
const http = 72295728;

const descriptor = /fileDesc\("([^"]*)"(?:,\s*\[([^\]]*)\])?\)/;

/** heavy are files that only options need. Options are read by their extension, which whoever asks for them brings along. */
const heavy = ['buf/validate/validate.proto', 'google/api/annotations.proto', 'google/api/field_behavior.proto', 'holdfast/type/v1/rules.proto'];

/** heavyName is what the generated code calls such a file. */
const heavyName = 'file_(?:buf_validate|google_api|holdfast_type_v1_rules\\b)';

function read(code: string): FileDescriptorProto | undefined {
  const found = descriptor.exec(code);
  return found?.[1] ? fromBinary(FileDescriptorProtoSchema, base64Decode(found[1])) : undefined;
}

/** Parts are the fields of a message that are kept, by their numbers: all of them, or some of their own. */
interface Parts {
  [no: number]: Parts | true;
}

/** What is kept of a field's rules: StringRules{max_len = 3, in = 10}, of a text and of the texts in a list. */
const texts: Parts = { 3: true, 10: true };
const kept: Parts = { 14: texts, 18: { 4: { 14: texts } } };

/** only copies a message with some of its parts. */
function only(bytes: Uint8Array, parts: Parts): Uint8Array {
  const from = new BinaryReader(bytes);
  const to = new BinaryWriter();
  while (from.pos < from.len) {
    const [no, type] = from.tag();
    const part = parts[no];
    if (part === undefined) from.skip(type);
    else if (type === WireType.Varint) to.tag(no, type).uint64(from.uint64());
    else {
      const inner = from.bytes();
      const left = part === true ? inner : only(inner, part);
      if (part === true || left.length) to.tag(no, type).bytes(left);
    }
  }
  return to.finish();
}

/** onlyTexts keeps of a field's rules how long a text may be, and which words. */
function onlyTexts(one: UnknownField): UnknownField[] {
  const left = only(new BinaryReader(one.data).bytes(), kept);
  return left.length ? [{ ...one, data: new BinaryWriter().bytes(left).finish() }] : [];
}

/** bare keeps of the rules' own messages what onlyTexts leaves; the others stay as names, because the generated code counts them. */
function bare(file: FileDescriptorProto) {
  const named: Record<string, string[]> = { FieldRules: ['string', 'repeated'], StringRules: ['max_len', 'in'], RepeatedRules: ['items'] };
  for (const m of file.messageType) {
    m.field = m.field.filter((f) => named[m.name]?.includes(f.name));
    for (const f of m.field) f.options = undefined;
    if (m.name !== 'FieldRules') m.oneofDecl = [];
    Object.assign(m, { nestedType: [], extensionRange: [], options: undefined });
  }
}

function lighten(m: DescriptorProto) {
  for (const f of m.field) if (f.options?.$unknown) f.options.$unknown = f.options.$unknown.flatMap((u) => (u.no === rules ? onlyTexts(u) : [u]));
  for (const o of [m.options, ...m.oneofDecl.map((x) => x.options)]) if (o?.$unknown) o.$unknown = o.$unknown.filter((u) => u.no !== rules);
  m.nestedType.forEach(lighten);
}

/** slim is a service for those who only ask who may call it: names and access rules of the methods that are asked about, no messages. */
function slim(file: FileDescriptorProto, asked: ReadonlySet<string>): string {
  return file.service
    .map((s) => {
      const methods = s.method.filter((m) => asked.has(`${s.name}.${m.name}`.toLowerCase())).map((m) => {
        const rule = m.options && hasExtension(m.options, access) ? getExtension(m.options, access) : undefined;
        const said = { rule: { case: rule?.rule.case, value: typeof rule?.rule.value === 'object' ? {} : rule?.rule.value }, also: rule?.also ?? '', feature: rule?.feature ?? '' };
        const local = m.name[0]?.toLowerCase() + m.name.slice(1);
        return `${s.name}.method.${local} = {kind: "rpc", name: "${m.name}", localName: "${local}", parent: ${s.name}, access: ${JSON.stringify(said)}};`;
      });
      return `export const ${s.name} = {kind: "service", name: "${s.name}", typeName: "${file.package}.${s.name}", method: {}};\n${methods.join('\n')}`;
    })
    .join('\n');
}

/** modest are files of the first load that ask only who may call what, or name services whose answers are old. */
const modest = /\/(features\/[^/]+\/feature|app\/live)\.ts$/;

/** binary is protobuf without JSON, for Connect's own code: the client speaks binary (see lib/transport.ts). */
const binary = `
export * from '@bufbuild/protobuf';
const refuse = () => { throw new Error('The client speaks binary.'); };
export { refuse as fromJson, refuse as fromJsonString, refuse as toJson, refuse as toJsonString };`;

/** text is bytes as a string in JavaScript. It is compressed much better than base64, in which words that recur are seldom written alike. */
function text(bytes: Uint8Array): string {
  return `btoa(${JSON.stringify(String.fromCharCode(...bytes))})`;
}

/** contract is the plugin. */
export function contract(): Plugin {
  const asked = new Set<string>();
  return {
    name: 'contract',
    apply: 'build',
    enforce: 'pre',
    buildStart() {
      const features = join(import.meta.dirname, 'src/features');
      for (const file of readdirSync(features).map((word) => join(features, word, 'feature.ts')).filter((f) => existsSync(f))) {
        const code = readFileSync(file, 'utf8');
        for (const [, service, method] of code.matchAll(/\b(\w+Service)\.method\.(\w+)/g)) asked.add(`${service}.${method}`.toLowerCase());
      }
    },
    async resolveId(id, from) {
      if (id === '@bufbuild/protobuf' && from?.includes('/@connectrpc/')) return '\0binary';
      if (!from || !modest.test(from) || !id.includes('/gen/')) return null;
      const found = await this.resolve(id, from, { skipSelf: true });
      return found && `${found.id}?slim`;
    },
    load(id) {
      if (id === '\0binary') return binary;
      if (!id.endsWith('?slim')) return null;
      const file = read(readFileSync(id.slice(0, -'?slim'.length), 'utf8'));
      return { code: file ? slim(file, asked) : '', moduleType: 'js' };
    },
    transform(code, id) {
      const rulesOwn = id.endsWith('/src/gen/buf/validate/validate_pb.ts');
      if (!rulesOwn && !/\/src\/gen\/holdfast\/.*_pb\.ts$/.test(id)) return null;
      const file = read(code);
      if (!file) return null;
      if (rulesOwn) bare(file);
      file.dependency = file.dependency.filter((d) => !heavy.includes(d));
      file.messageType.forEach(lighten);
      for (const m of file.service.flatMap((s) => s.method)) {
        if (m.options?.$unknown) m.options.$unknown = m.options.$unknown.filter((u) => u.no !== http || m.name.startsWith('List'));
      }
      // An import that nothing uses would still say that the two belong together.
      return code.replaceAll(new RegExp(`^import \\{ ${heavyName}.*\\n`, 'gm'), '').replace(descriptor, (_, __, deps: string | undefined) => {
        const kept = (deps ?? '').split(',').map((d) => d.trim()).filter((d) => d && !new RegExp(`^${heavyName}`).test(d));
        return `fileDesc(${text(toBinary(FileDescriptorProtoSchema, file))}, [${kept.join(', ')}])`;
      });
    },
  };
}
