package rest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// shape is how a value looks in JSON.
type shape int

const (
	shapeMessage  shape = iota // an object whose keys are the fields
	shapeTime                  // RFC 3339
	shapeDuration              // "1.5s"
	shapeMask                  // "a,b.c"
	shapeFree                  // any value
	shapeObject                // any object
	shapeArray                 // any array
	shapeEmpty                 // {}
	shapeWrapped               // the bare value of a wrapper
	shapeOther                 // left to protojson
)

type special struct {
	kind  shape
	write func(b []byte, m protoreflect.Message) ([]byte, error)
}

// specialOf knows the message types whose JSON is not an object of their fields.
func specialOf(name protoreflect.FullName) (special, bool) {
	switch name {
	case "google.protobuf.Timestamp":
		return special{shapeTime, appendTimestamp}, true
	case "google.protobuf.Duration":
		return special{shapeDuration, appendDuration}, true
	case "google.protobuf.FieldMask":
		return special{shapeMask, appendMask}, true
	case "google.protobuf.Struct":
		return special{shapeObject, appendStruct}, true
	case "google.protobuf.Value":
		return special{shapeFree, appendFree}, true
	case "google.protobuf.ListValue":
		return special{shapeArray, appendListValue}, true
	case "google.protobuf.Empty":
		return special{shapeEmpty, appendEmpty}, true
	case "google.protobuf.Any":
		return special{shapeOther, appendAny}, true
	case "google.protobuf.BoolValue", "google.protobuf.StringValue", "google.protobuf.BytesValue",
		"google.protobuf.Int32Value", "google.protobuf.UInt32Value", "google.protobuf.Int64Value", "google.protobuf.UInt64Value",
		"google.protobuf.FloatValue", "google.protobuf.DoubleValue":
		return special{shapeWrapped, appendWrapper}, true
	}
	return special{}, false
}

func appendEmpty(b []byte, _ protoreflect.Message) ([]byte, error) { return append(b, '{', '}'), nil }

func number(m protoreflect.Message, n protoreflect.FieldNumber) protoreflect.Value {
	return m.Get(m.Descriptor().Fields().ByNumber(n))
}

func appendTimestamp(b []byte, m protoreflect.Message) ([]byte, error) {
	sec, nano := number(m, 1).Int(), number(m, 2).Int()
	if sec < -62135596800 || sec > 253402300799 || nano < 0 || nano > 999999999 {
		return nil, fmt.Errorf("timestamp out of range: %d s %d ns", sec, nano)
	}
	t := time.Unix(sec, nano).UTC()
	b = append(b, '"')
	b = t.AppendFormat(b, "2006-01-02T15:04:05")
	if micro := nano / 1000; micro != 0 {
		b = append(b, '.')
		digits := 6
		if micro%1000 == 0 {
			micro, digits = micro/1000, 3
		}
		s := strconv.FormatInt(micro, 10)
		b = append(b, "000000"[:digits-len(s)]...)
		b = append(b, s...)
	}
	return append(b, 'Z', '"'), nil
}

func appendDuration(b []byte, m protoreflect.Message) ([]byte, error) {
	sec, nano := number(m, 1).Int(), number(m, 2).Int()
	if sec < -315576000000 || sec > 315576000000 || nano < -999999999 || nano > 999999999 || sec > 0 && nano < 0 || sec < 0 && nano > 0 {
		return nil, fmt.Errorf("duration out of range: %d s %d ns", sec, nano)
	}
	b = append(b, '"')
	if sec < 0 || nano < 0 {
		sec, nano, b = -sec, -nano, append(b, '-')
	}
	b = strconv.AppendInt(b, sec, 10)
	if nano != 0 {
		s := fmt.Sprintf("%09d", nano)
		for strings.HasSuffix(s, "000") {
			s = s[:len(s)-3]
		}
		b = append(append(b, '.'), s...)
	}
	return append(b, 's', '"'), nil
}

func appendMask(b []byte, m protoreflect.Message) ([]byte, error) {
	paths := number(m, 1).List()
	out := make([]string, paths.Len())
	for i := range out {
		out[i] = camel(paths.Get(i).String())
	}
	return appendString(b, strings.Join(out, ",")), nil
}

func appendWrapper(b []byte, m protoreflect.Message) ([]byte, error) {
	fd := m.Descriptor().Fields().ByNumber(1)
	return scalarWriter(fd)(b, m.Get(fd)), nil
}

func appendAny(b []byte, m protoreflect.Message) ([]byte, error) {
	return protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}.MarshalAppend(b, m.Interface())
}

func appendStruct(b []byte, m protoreflect.Message) ([]byte, error) {
	fields := number(m, 1).Map()
	keys := make([]string, 0, fields.Len())
	fields.Range(func(k protoreflect.MapKey, _ protoreflect.Value) bool {
		keys = append(keys, k.String())
		return true
	})
	slices.Sort(keys)
	b = append(b, '{')
	var err error
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		if b, err = appendFree(b, fields.Get(protoreflect.ValueOfString(k).MapKey()).Message()); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func appendListValue(b []byte, m protoreflect.Message) ([]byte, error) {
	values := number(m, 1).List()
	b = append(b, '[')
	var err error
	for i := range values.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendFree(b, values.Get(i).Message()); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendFree writes a google.protobuf.Value; one without a kind is null.
func appendFree(b []byte, m protoreflect.Message) ([]byte, error) {
	fd := m.WhichOneof(m.Descriptor().Oneofs().Get(0))
	if fd == nil {
		return append(b, "null"...), nil
	}
	v := m.Get(fd)
	switch fd.Number() {
	case 2:
		return appendFloat(b, v.Float(), 64), nil
	case 3:
		return appendString(b, v.String()), nil
	case 4:
		return strconv.AppendBool(b, v.Bool()), nil
	case 5:
		return appendStruct(b, v.Message())
	case 6:
		return appendListValue(b, v.Message())
	}
	return append(b, "null"...), nil
}
