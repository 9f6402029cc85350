package rest

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// nameSchemas gives each message a short name, with its domain's word in front where two have the same.
func (d *description) nameSchemas() {
	count := map[string]int{}
	for full := range d.from {
		count[full[strings.LastIndexByte(full, '.')+1:]]++
	}
	for full := range d.from {
		short := full[strings.LastIndexByte(full, '.')+1:]
		if count[short] > 1 {
			parts := strings.Split(full, ".")
			short = strings.ToUpper(parts[1][:1]) + parts[1][1:] + short
		}
		d.names[full] = short
	}
}

// ref refers to a message's schema, and puts it into the description when it is first needed.
func (d *description) ref(full protoreflect.FullName) object {
	if s := wellKnownSchema(full); s != nil {
		return s
	}
	name := d.names[string(full)]
	if name == "" {
		return object{"type": "object"}
	}
	if _, ok := d.schemas[name]; !ok {
		d.schemas[name] = object{} // messages may hold each other
		d.schemas[name] = d.schema(full)
	}
	return object{"$ref": "#/components/schemas/" + name}
}

// wellKnownSchema is nil for messages of our own.
func wellKnownSchema(full protoreflect.FullName) object {
	switch full {
	case "google.protobuf.Timestamp":
		return object{"type": "string", "format": "date-time"}
	case "google.protobuf.Duration", "google.protobuf.FieldMask":
		return object{"type": "string"}
	case "google.protobuf.Struct":
		return object{"type": "object", "additionalProperties": true}
	case "google.protobuf.ListValue":
		return object{"type": "array", "items": object{}}
	case "google.protobuf.Value":
		return object{}
	case "google.protobuf.Empty":
		return object{"type": "object"}
	}
	return nil
}

// schema is a message's schema: the contract's rules and comments, and null for what may be absent.
func (d *description) schema(full protoreflect.FullName) object {
	given := d.from[string(full)]
	out := object{"type": "object", "additionalProperties": false}
	if t := plainText(str(given["description"])); t != "" {
		out["description"] = t
	}
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(full)
	md, ok := found.(protoreflect.MessageDescriptor)
	if err != nil || !ok {
		return object{"type": "object"}
	}
	required, _ := given["required"].([]any)
	properties := object{}
	have, _ := given["properties"].(object)
	for _, f := range planOf(md).fields {
		p, _ := have[f.name()].(object)
		properties[f.name()] = d.property(f, p, slices.Contains(required, any(f.name())))
	}
	out["properties"] = properties
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// kept are the members of a property that hold for texts, numbers and lists.
var kept = []string{"type", "format", "enum", "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems", "default"}

func (d *description) property(f *fieldPlan, given object, required bool) object {
	out := object{}
	switch {
	case f.mapValue != nil:
		out["type"] = "object"
		out["additionalProperties"] = true
	case f.message != nil && f.fd.IsList():
		out["type"], out["items"] = "array", d.ref(f.fd.Message().FullName())
	case f.message != nil && f.message.kind == shapeWrapped:
		out["type"] = []string{"string", "number", "boolean", "null"}
	case f.message != nil && f.name() == "set" && f.fd.ContainingMessage().Fields().ByName("update_mask") != nil:
		out = d.changes(f.fd.Message())
	case f.message != nil:
		out = nullable(d.ref(f.fd.Message().FullName()))
	default:
		for _, k := range kept {
			if v, ok := given[k]; ok {
				out[k] = v
			}
		}
		if f.fd.IsList() {
			items, _ := given["items"].(object)
			items = maps.Clone(items)
			delete(items, "title")
			out["items"] = items
		} else {
			loosen(out, f, required)
		}
	}
	for _, k := range []string{"readOnly", "writeOnly"} {
		if v, ok := given[k]; ok {
			out[k] = v
		}
	}
	if t := plainText(str(given["description"])); t != "" {
		out["description"] = t
	}
	return out
}

// loosen lets a field be what it is when it is not set: null, or the empty text where it cannot be null.
func loosen(s object, f *fieldPlan, required bool) {
	if f.presence {
		if words, ok := s["enum"].([]any); ok {
			s["enum"] = append(slices.Clone(words), nil)
		}
		return
	}
	if required || s["type"] != "string" {
		return
	}
	delete(s, "minLength")
	delete(s, "format")
	if words, ok := s["enum"].([]any); ok && !slices.Contains(words, any("")) {
		s["enum"] = append(slices.Clone(words), "")
	}
	if p := str(s["pattern"]); p != "" {
		s["pattern"] = "^$|" + p
	}
}

// nullable lets a schema be null too.
func nullable(s object) object {
	switch t := s["type"].(type) {
	case string:
		out := maps.Clone(s)
		out["type"] = []string{t, "null"}
		return out
	case nil:
		if len(s) == 0 { // anything
			return object{}
		}
	}
	return object{"anyOf": []object{s, {"type": "null"}}}
}

// changes is the schema of a PATCH body: any of the fields, null to clear.
func (d *description) changes(md protoreflect.MessageDescriptor) object {
	d.ref(md.FullName())
	name := d.names[string(md.FullName())] + "Changes"
	if _, ok := d.schemas[name]; !ok {
		full := d.schema(md.FullName())
		properties, _ := full["properties"].(object)
		out := object{}
		for k, v := range properties {
			p, _ := v.(object)
			p = nullable(p)
			if words, ok := p["enum"].([]any); ok && !slices.Contains(words, nil) {
				p["enum"] = append(slices.Clone(words), nil)
			}
			out[k] = p
		}
		d.schemas[name] = object{
			"type": "object", "additionalProperties": false, "properties": out,
			"description": "The fields to change; null clears one, a missing one stays as it is. What the server sets is ignored.",
		}
	}
	return object{"$ref": "#/components/schemas/" + name}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
