package rest

import (
	"encoding/base64"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// AppendJSON appends a message as REST shows it.
func AppendJSON(b []byte, m proto.Message) ([]byte, error) {
	r := m.ProtoReflect()
	return planOf(r.Descriptor()).append(b, r)
}

func (p *plan) append(b []byte, m protoreflect.Message) ([]byte, error) {
	if p.special != nil {
		return p.special(b, m)
	}
	b = append(b, '{')
	var err error
	for _, f := range p.shown {
		b = append(b, f.key...)
		if b, err = f.appendValue(b, m); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendValue writes the field's value in m.
func (f *fieldPlan) appendValue(b []byte, m protoreflect.Message) ([]byte, error) {
	switch {
	case f.mapValue != nil:
		return f.appendMap(b, m.Get(f.fd).Map())
	case f.fd.IsList():
		return f.appendList(b, m.Get(f.fd).List())
	case f.presence && !m.Has(f.fd):
		return append(b, "null"...), nil
	case f.message != nil:
		return f.message.append(b, m.Get(f.fd).Message())
	}
	return f.scalar(b, m.Get(f.fd)), nil
}

func (f *fieldPlan) appendList(b []byte, l protoreflect.List) ([]byte, error) {
	b = append(b, '[')
	var err error
	for i := range l.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = f.appendOne(b, l.Get(i)); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

func (f *fieldPlan) appendOne(b []byte, v protoreflect.Value) ([]byte, error) {
	if f.message != nil {
		return f.message.append(b, v.Message())
	}
	return f.scalar(b, v), nil
}

func (f *fieldPlan) appendMap(b []byte, m protoreflect.Map) ([]byte, error) {
	keys := make([]protoreflect.MapKey, 0, m.Len())
	m.Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
		keys = append(keys, k)
		return true
	})
	slices.SortFunc(keys, func(x, y protoreflect.MapKey) int { return strings.Compare(x.String(), y.String()) })
	b = append(b, '{')
	var err error
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k.String()), ':')
		if b, err = f.mapValue.appendOne(b, m.Get(k)); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// scalarWriter picks the writer of a kind: 64-bit whole numbers are texts, as in every protobuf JSON.
func scalarWriter(fd protoreflect.FieldDescriptor) func([]byte, protoreflect.Value) []byte {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return func(b []byte, v protoreflect.Value) []byte { return strconv.AppendBool(b, v.Bool()) }
	case protoreflect.StringKind:
		return func(b []byte, v protoreflect.Value) []byte { return appendString(b, v.String()) }
	case protoreflect.BytesKind:
		return func(b []byte, v protoreflect.Value) []byte { return appendBytes(b, v.Bytes()) }
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return func(b []byte, v protoreflect.Value) []byte { return strconv.AppendInt(b, v.Int(), 10) }
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return func(b []byte, v protoreflect.Value) []byte { return strconv.AppendUint(b, v.Uint(), 10) }
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return func(b []byte, v protoreflect.Value) []byte {
			return append(strconv.AppendInt(append(b, '"'), v.Int(), 10), '"')
		}
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return func(b []byte, v protoreflect.Value) []byte {
			return append(strconv.AppendUint(append(b, '"'), v.Uint(), 10), '"')
		}
	case protoreflect.FloatKind:
		return func(b []byte, v protoreflect.Value) []byte { return appendFloat(b, v.Float(), 32) }
	case protoreflect.DoubleKind:
		return func(b []byte, v protoreflect.Value) []byte { return appendFloat(b, v.Float(), 64) }
	case protoreflect.EnumKind:
		ed := fd.Enum()
		if ed.FullName() == "google.protobuf.NullValue" {
			return func(b []byte, _ protoreflect.Value) []byte { return append(b, "null"...) }
		}
		return func(b []byte, v protoreflect.Value) []byte {
			if d := ed.Values().ByNumber(v.Enum()); d != nil {
				return appendString(b, string(d.Name()))
			}
			return strconv.AppendInt(b, int64(v.Enum()), 10)
		}
	}
	return func(b []byte, _ protoreflect.Value) []byte { return append(b, "null"...) }
}

func appendBytes(b, v []byte) []byte {
	b = append(b, '"')
	b = base64.StdEncoding.AppendEncode(b, v)
	return append(b, '"')
}

// appendFloat writes a number as encoding/json does; what JSON has no number for is a text, as in protobuf JSON.
func appendFloat(b []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Infinity"`...)
	}
	format := byte('f')
	if abs := math.Abs(v); abs != 0 {
		if bits == 64 && (abs < 1e-6 || abs >= 1e21) || bits == 32 && (float32(abs) < 1e-6 || float32(abs) >= 1e21) {
			format = 'e'
		}
	}
	return strconv.AppendFloat(b, v, format, -1, bits)
}

const hexDigits = "0123456789abcdef"

// safe are the bytes that stand for themselves inside a JSON text.
var safe = func() (s [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		s[c] = c != '"' && c != '\\' && c != 0x7f
	}
	return s
}()

// appendString appends a text with its quotes. What is no UTF-8 becomes the replacement character.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if safe[c] {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(b, s[start:i]...)
				b = append(b, "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		case '\b':
			b = append(b, '\\', 'b')
		case '\f':
			b = append(b, '\\', 'f')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}
