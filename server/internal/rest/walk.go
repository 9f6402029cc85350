package rest

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// deepest is how far values may nest.
const deepest = 64

// walker goes over a body before it is decoded. It says what is wrong with it in the caller's words, and notes which
// fields it has, for a mask: protojson's errors name neither the field nor the reason in a form that people can use.
type walker struct {
	scanner
	mask  []string
	depth int
}

// walkBody checks that data is the JSON of a message of type md.
func walkBody(data []byte, md protoreflect.MessageDescriptor) error {
	_, err := walk(data, func(w *walker) error { return w.message(planOf(md), "", false) })
	return err
}

// walkField checks that data is the JSON of one field's value.
func walkField(data []byte, fd protoreflect.FieldDescriptor) error {
	f := planOf(fd.ContainingMessage()).byName[string(fd.Name())]
	_, err := walk(data, func(w *walker) error { return w.value(f, f.name()) })
	return err
}

// maskOf checks a PATCH body for a message of type md and gives the paths that it changes.
func maskOf(data []byte, md protoreflect.MessageDescriptor) ([]string, error) {
	return walk(data, func(w *walker) error { return w.message(planOf(md), "", true) })
}

func walk(data []byte, value func(*walker) error) ([]string, error) {
	w := &walker{scanner: scanner{in: data}}
	if !utf8.Valid(data) {
		return nil, fault.Malformed("the body is not UTF-8 text")
	}
	err := value(w)
	if err == nil && w.next() != 0 || err == nil && w.pos < len(data) {
		err = w.fail("something follows after the end")
	}
	if syntax, ok := err.(*syntaxError); ok { //nolint:errorlint // made here, never wrapped
		return nil, fault.Malformed("%s", syntax.Error())
	}
	return w.mask, err
}

func (f *fieldPlan) name() string { return string(f.fd.Name()) }

// down counts the depth of a value while inside runs.
func (w *walker) down(path string, inside func() error) error {
	if w.depth++; w.depth > deepest {
		return fault.Invalid(orBody(path), "is nested deeper than %d levels", deepest)
	}
	defer func() { w.depth-- }()
	return inside()
}

func orBody(path string) string {
	if path == "" {
		return "body"
	}
	return path
}

// object goes over the keys of an object, each of which may stand there once.
func (w *walker) object(path string, each func(key string) error) error {
	if w.next() != '{' {
		return w.mismatch(path, "an object")
	}
	w.pos++
	if w.next() == '}' {
		w.pos++
		return nil
	}
	seen := keys{list: make([]string, 0, 32)}
	for {
		if w.next() != '"' {
			return w.fail("a key in quotes is expected")
		}
		key, err := w.text()
		if err != nil {
			return err
		}
		if err := seen.once(path, key); err != nil {
			return err
		}
		if err := w.take(':'); err != nil {
			return err
		}
		if err := each(key); err != nil {
			return err
		}
		if w.next() != ',' {
			return w.take('}')
		}
		w.pos++
	}
}

// keys are those of one object so far. Small objects, nearly all, cost no map.
type keys struct {
	list []string
	set  map[string]bool
}

// once refuses a key that was there before.
func (k *keys) once(path, key string) error {
	if strings.ContainsRune(key, 0) {
		return fault.Invalid(orBody(path), "has a key with the NUL character")
	}
	if len(k.list) == 32 && k.set == nil {
		k.set = make(map[string]bool, 64)
		for _, s := range k.list {
			k.set[s] = true
		}
	}
	if k.set != nil && k.set[key] || k.set == nil && slices.Contains(k.list, key) {
		return fault.Invalid(join(path, key), "is given twice")
	}
	if k.set != nil {
		k.set[key] = true
	} else {
		k.list = append(k.list, key)
	}
	return nil
}

func (w *walker) array(path string, each func() error) error {
	if w.next() != '[' {
		return w.mismatch(path, "a list")
	}
	w.pos++
	if w.next() == ']' {
		w.pos++
		return nil
	}
	for {
		if err := each(); err != nil {
			return err
		}
		if w.next() != ',' {
			return w.take(']')
		}
		w.pos++
	}
}

// mismatch names the field whose value is of another kind; text that is no JSON at all is said to be so first.
func (w *walker) mismatch(path, want string) error {
	if err := w.free(path); err != nil {
		return err
	}
	return fault.Invalid(orBody(path), "must be %s", want)
}

// message goes over an object whose keys are the fields of a message, and notes their paths in the mask if it is asked
// to.
func (w *walker) message(p *plan, path string, mask bool) error {
	return w.down(path, func() error {
		return w.object(path, func(key string) error {
			f := p.byName[key]
			here := join(path, key)
			if f == nil {
				return fault.Invalid(here, "is not a field that is known here")
			}
			if !mask || !f.changeable(path) {
				return w.value(f, here)
			}
			if f.message != nil && f.message.kind == shapeMessage && !f.fd.IsList() && w.next() == '{' {
				return w.message(f.message, here, true)
			}
			w.mask = append(w.mask, here)
			return w.value(f, here)
		})
	})
}

// changeable is false for what a mask never holds: what the server sets, and what tells about the change instead of
// being changed.
func (f *fieldPlan) changeable(path string) bool {
	if f.outputOnly {
		return false
	}
	if path != "" {
		return true
	}
	switch f.name() {
	case "id", "version":
		return false
	case "reason":
		return !f.inputOnly
	}
	return true
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// value goes over one field's value.
func (w *walker) value(f *fieldPlan, path string) error {
	if w.next() == 'n' && (f.message == nil || f.fd.IsList() || f.message.kind != shapeFree) {
		return w.word("null")
	}
	switch {
	case f.mapValue != nil:
		return w.down(path, func() error {
			return w.object(path, func(key string) error { return w.single(f.mapValue, join(path, key)) })
		})
	case f.fd.IsList():
		n := 0
		return w.array(path, func() error {
			n++
			return w.single(f, path+"["+strconv.Itoa(n-1)+"]")
		})
	}
	return w.single(f, path)
}

// single goes over a value that is neither list nor map.
func (w *walker) single(f *fieldPlan, path string) error {
	if f.message == nil {
		return w.scalar(f, path)
	}
	switch f.message.kind {
	case shapeMessage:
		return w.message(f.message, path, false)
	case shapeTime:
		return w.parsed(path, "a time such as 2026-01-31T12:00:00Z", validTime)
	case shapeDuration:
		return w.parsed(path, "a duration such as 1.5s", func(s string) bool {
			_, err := time.ParseDuration(s)
			return err == nil && strings.HasSuffix(s, "s") && !strings.ContainsAny(s, "hmµun")
		})
	case shapeWrapped:
		return w.scalar(f.message.wrapped, path)
	case shapeObject:
		if w.next() != '{' {
			return w.mismatch(path, "an object")
		}
	case shapeArray:
		if w.next() != '[' {
			return w.mismatch(path, "a list")
		}
	case shapeEmpty:
		return w.object(path, func(key string) error { return fault.Invalid(join(path, key), "is not a field that is known here") })
	case shapeMask:
		return w.parsed(path, "a list of field names with commas between", func(string) bool { return true })
	case shapeFree, shapeOther:
	}
	return w.free(path)
}

// validTime takes what can be kept: RFC 3339 with a year from 1 to 9999.
func validTime(s string) bool {
	t, err := time.Parse(time.RFC3339Nano, s)
	return err == nil && t.Year() > 0 && t.UTC().Year() > 0 && t.UTC().Year() < 10000 && !strings.Contains(s, ",") && len(s) > 10 && s[10] == 'T'
}

func (w *walker) parsed(path, want string, ok func(string) bool) error {
	if w.next() != '"' {
		return w.mismatch(path, want)
	}
	s, err := w.text()
	if err != nil {
		return err
	}
	if !ok(s) {
		return fault.Invalid(path, "must be %s", want)
	}
	return nil
}

func (w *walker) scalar(f *fieldPlan, path string) error {
	switch f.fd.Kind() {
	case protoreflect.StringKind:
		if w.next() != '"' {
			return w.mismatch(path, "a text")
		}
		s, err := w.text()
		if err != nil {
			return err
		}
		if strings.ContainsRune(s, 0) {
			return fault.Invalid(path, "must not contain the NUL character")
		}
		return nil
	case protoreflect.BoolKind:
		switch w.next() {
		case 't':
			return w.word("true")
		case 'f':
			return w.word("false")
		}
		return w.mismatch(path, "true or false")
	case protoreflect.EnumKind:
		return w.parsed(path, "one of the known words", func(s string) bool {
			return f.fd.Enum().Values().ByName(protoreflect.Name(s)) != nil
		})
	case protoreflect.BytesKind:
		return w.parsed(path, "base64", func(s string) bool {
			_, err := base64.StdEncoding.DecodeString(s)
			return err == nil
		})
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return w.numeric(path, "a number", func(n float64) bool {
			return f.fd.Kind() == protoreflect.DoubleKind || math.Abs(n) <= math.MaxFloat32
		})
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		if w.next() == '"' {
			return w.parsed(path, "a whole number", func(s string) bool {
				_, err := strconv.ParseInt(s, 10, 64)
				return err == nil
			})
		}
		return w.numeric(path, "a whole number", func(n float64) bool { return n == math.Trunc(n) && math.Abs(n) < 1<<53 })
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return w.numeric(path, "a whole number from 0", func(n float64) bool { return n == math.Trunc(n) && n >= 0 && n <= math.MaxUint32 })
	}
	return w.numeric(path, "a whole number", func(n float64) bool {
		return n == math.Trunc(n) && n >= math.MinInt32 && n <= math.MaxInt32
	})
}

func (w *walker) numeric(path, want string, ok func(float64) bool) error {
	if c := w.next(); c != '-' && (c < '0' || c > '9') {
		return w.mismatch(path, want)
	}
	text, err := w.number()
	if err != nil {
		return err
	}
	if n, err := strconv.ParseFloat(text, 64); err != nil || !ok(n) {
		return fault.Invalid(path, "must be %s", want)
	}
	return nil
}

// free goes over a value of any kind: the same rules hold for its keys and texts.
func (w *walker) free(path string) error {
	switch w.next() {
	case '{':
		return w.down(path, func() error { return w.object(path, func(string) error { return w.free(path) }) })
	case '[':
		return w.down(path, func() error { return w.array(path, func() error { return w.free(path) }) })
	case '"':
		s, err := w.text()
		if err == nil && strings.ContainsRune(s, 0) {
			return fault.Invalid(orBody(path), "must not contain the NUL character")
		}
		return err
	case 't':
		return w.word("true")
	case 'f':
		return w.word("false")
	case 'n':
		return w.word("null")
	case 0:
		if w.pos >= len(w.in) {
			return w.fail("it ends too early")
		}
	}
	_, err := w.number()
	return err
}
