package rest

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// checkParams refuses query parameters that the route does not have, and values that do not fit, each by its name.
func (r *route) checkParams(query string) (url.Values, error) {
	if query == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, fault.Malformed("the query string cannot be read: write %%25 for a percent sign, %%3B for a semicolon")
	}
	wrong := map[string]string{}
	for name, given := range values {
		f := r.params[name]
		switch {
		case f == nil && r.patch && (name == "update_mask" || name == "updateMask"):
			continue // the keys of the body say what changes
		case f == nil:
			wrong[name] = "is not a parameter that is known here" + r.known()
		case len(given) > 1 && !f.fd.IsList():
			wrong[name] = "is given twice"
		default:
			for _, v := range given {
				if text := f.wrongParam(v); text != "" {
					wrong[name] = text
				}
			}
		}
	}
	if len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong)
	}
	return values, nil
}

func (r *route) known() string {
	if len(r.params) == 0 {
		return ": there are none"
	}
	return ": there are " + strings.Join(slices.Sorted(maps.Keys(r.params)), ", ")
}

// wrongParam says what is wrong with a value, or nothing.
func (f *fieldPlan) wrongParam(v string) string {
	if strings.ContainsRune(v, 0) {
		return "must not contain the NUL character"
	}
	if f.message != nil {
		switch f.message.kind {
		case shapeTime:
			if !validTime(v) {
				return "must be a time such as 2026-01-31T12:00:00Z"
			}
		case shapeDuration:
			if _, err := time.ParseDuration(v); err != nil {
				return "must be a duration such as 1.5s"
			}
		case shapeWrapped:
			return f.message.wrapped.wrongParam(v)
		}
		return ""
	}
	var err error
	switch f.fd.Kind() {
	case protoreflect.BoolKind:
		if v != "true" && v != "false" {
			return "must be true or false"
		}
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		if _, err = strconv.ParseInt(v, 10, 32); err != nil || !plainNumber(v) {
			return "must be a whole number"
		}
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		if _, err = strconv.ParseInt(v, 10, 64); err != nil || !plainNumber(v) {
			return "must be a whole number"
		}
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		if _, err = strconv.ParseUint(v, 10, 32); err != nil || !plainNumber(v) {
			return "must be a whole number from 0"
		}
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		if _, err = strconv.ParseUint(v, 10, 64); err != nil || !plainNumber(v) {
			return "must be a whole number from 0"
		}
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		s := scanner{in: []byte(v)}
		if _, err = s.number(); err != nil || s.pos != len(v) {
			return "must be a number"
		}
	case protoreflect.EnumKind:
		if f.fd.Enum().Values().ByName(protoreflect.Name(v)) == nil {
			return "must be one of the known words"
		}
	case protoreflect.StringKind:
		if !utf8.ValidString(v) {
			return "must be UTF-8 text"
		}
	}
	return ""
}

// plainNumber refuses what Go reads and JSON does not: a plus sign, leading zeros.
func plainNumber(v string) bool {
	v = strings.TrimPrefix(v, "-")
	return v != "" && v[0] != '+' && (v[0] != '0' || len(v) == 1)
}

// checkPlainParams does the same for a plain route, which declares its parameters by name.
func (p *Route) checkPlainParams(query string) error {
	if query == "" {
		return nil
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return fault.Malformed("the query string cannot be read: write %%25 for a percent sign, %%3B for a semicolon")
	}
	wrong := map[string]string{}
	for name, given := range values {
		if text := p.wrongParam(name, given); text != "" {
			wrong[name] = text
		}
	}
	if len(wrong) > 0 {
		return fault.InvalidFields(wrong)
	}
	return nil
}

func (p *Route) wrongParam(name string, given []string) string {
	at := slices.IndexFunc(p.Doc.Params, func(q Parameter) bool { return q.Name == name })
	if at < 0 && p.loose {
		return ""
	}
	if at < 0 {
		return "is not a parameter that is known here"
	}
	for _, v := range given {
		if strings.ContainsRune(v, 0) || !utf8.ValidString(v) {
			return "must be UTF-8 text without the NUL character"
		}
		switch p.Doc.Params[at].Type {
		case "boolean":
			if v != "true" && v != "false" {
				return "must be true or false"
			}
		case "integer":
			if _, err := strconv.ParseInt(v, 10, 32); err != nil || !plainNumber(v) {
				return "must be a whole number"
			}
		}
	}
	if len(given) > 1 && p.Doc.Params[at].Type != "array" {
		return "is given twice"
	}
	return ""
}
