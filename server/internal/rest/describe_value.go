package rest

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"
)

// valueSchema is the schema of a Go value as encoding/json writes it: every field is there, a nil pointer is null. The
// tag about says what a field is, words which texts it may be, with commas between. A type that writes itself is an
// object.
func valueSchema(t reflect.Type) object {
	switch {
	case t.Kind() == reflect.Pointer:
		return nullable(valueSchema(t.Elem()))
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t.Implements(reflect.TypeFor[json.Marshaler]()):
		return object{"type": "object"}
	}
	switch t.Kind() {
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		return object{"type": "array", "items": valueSchema(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": valueSchema(t.Elem())}
	case reflect.Struct:
		properties, names := object{}, []string{}
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Anonymous || name == "" {
				continue
			}
			property := valueSchema(f.Type)
			if words := f.Tag.Get("words"); words != "" {
				property["enum"] = strings.Split(words, ",")
			}
			if about := f.Tag.Get("about"); about != "" {
				property["description"] = about
			}
			properties[name], names = property, append(names, name)
		}
		return object{"type": "object", "additionalProperties": false, "properties": properties, "required": names}
	}
	return object{"type": "integer"}
}
