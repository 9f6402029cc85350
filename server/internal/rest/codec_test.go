package rest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/genproto/googleapis/rpc/context/attribute_context"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/apipb"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
)

// samples are message types that have, between them, every kind of field.
var samples = []proto.Message{
	&sitesv1.ListSitesResponse{}, &assetsv1.Asset{}, &incidentsv1.Incident{}, &typev1.Change{}, &validate.FieldRules{},
	&attribute_context.AttributeContext{}, &descriptorpb.FieldDescriptorProto{}, &apipb.Api{},
}

// TestMatchesProtojson writes random messages both ways: ours must say the same, and null where protojson is silent.
func TestMatchesProtojson(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for _, sample := range samples {
		for range 300 {
			m := sample.ProtoReflect().New()
			fill(r, m, 4)
			ours, err := AppendJSON(nil, m.Interface())
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true, AllowPartial: true}.Marshal(m.Interface())
			if err != nil {
				t.Fatal(err)
			}
			var got, want any
			if err := json.Unmarshal(ours, &got); err != nil {
				t.Fatalf("%s: %v\n%s", m.Descriptor().FullName(), err, ours)
			}
			if err := json.Unmarshal(theirs, &want); err != nil {
				t.Fatal(err)
			}
			if at := differs(got, want, ""); at != "" {
				t.Fatalf("%s differs at %s\n%s\n%s", m.Descriptor().FullName(), at, ours, theirs)
			}
			back := sample.ProtoReflect().New().Interface()
			if err := (protojson.UnmarshalOptions{AllowPartial: true}).Unmarshal(ours, back); err != nil {
				t.Fatalf("%s is not read back: %v\n%s", m.Descriptor().FullName(), err, ours)
			}
			if again, err := AppendJSON(nil, back); sampleIsOurs(m) && (err != nil || string(again) != string(ours)) {
				t.Fatalf("%s comes back different: %v\n%s\n%s", m.Descriptor().FullName(), err, ours, again)
			}
			if err := walkBody(ours, m.Descriptor()); err != nil && sampleIsOurs(m) {
				t.Fatalf("%s is refused as input: %v\n%s", m.Descriptor().FullName(), err, ours)
			}
		}
	}
}

func sampleIsOurs(m protoreflect.Message) bool {
	return strings.HasPrefix(string(m.Descriptor().FullName()), "holdfast.")
}

// differs gives the place where two JSON values differ; what is null in ours may be missing in theirs.
func differs(got, want any, at string) string {
	if g, ok := got.(map[string]any); ok {
		w, ok := want.(map[string]any)
		if !ok {
			return at
		}
		for k, v := range g {
			if _, ok := w[k]; !ok && v != nil {
				return at + "." + k
			} else if where := differs(v, w[k], at+"."+k); ok && where != "" {
				return where
			}
		}
		for k := range w {
			// asset and incident take these, and do not answer them
			if _, ok := g[k]; !ok && k != "reason" && k != "close_parts" {
				return at + "." + k
			}
		}
		return ""
	}
	if g, ok := got.([]any); ok {
		w, ok := want.([]any)
		if !ok || len(g) != len(w) {
			return at
		}
		for i := range g {
			if where := differs(g[i], w[i], fmt.Sprintf("%s[%d]", at, i)); where != "" {
				return where
			}
		}
		return ""
	}
	if !reflect.DeepEqual(got, want) {
		return at
	}
	return ""
}

var words = []string{"", "a", "plain text", "quote\" back\\slash", "new\nline\ttab\r\b\f", "\x01\x1f\x7f", "üñí €", "𝄞 clef", "<script>&amp;", "\u2028", "a/b"}

func text(r *rand.Rand) string { return words[r.IntN(len(words))] }

// fill sets random fields of a message.
func fill(r *rand.Rand, m protoreflect.Message, depth int) {
	switch v := m.Interface().(type) {
	case *timestamppb.Timestamp:
		v.Seconds, v.Nanos = r.Int64N(4e9)-1e9, int32(r.IntN(1e6)*1000)*int32(r.IntN(2))
		return
	case *durationpb.Duration:
		v.Seconds, v.Nanos = r.Int64N(1e6), int32(r.IntN(1e9))*int32(r.IntN(2))
		if r.IntN(2) == 0 {
			v.Seconds, v.Nanos = -v.Seconds, -v.Nanos
		}
		return
	case *structpb.Value:
		proto.Merge(v, value(r, depth))
		return
	case *structpb.Struct:
		v.Fields = map[string]*structpb.Value{text(r): value(r, depth), "b": value(r, depth)}
		return
	case *structpb.ListValue:
		v.Values = []*structpb.Value{value(r, depth)}
		return
	case *fieldmaskpb.FieldMask:
		v.Paths = []string{"a_field", "b.c_d"}
		return
	case *anypb.Any:
		if err := v.MarshalFrom(wrapperspb.String(text(r))); err != nil {
			panic(err)
		}
		return
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if r.IntN(3) == 0 || depth == 0 && fd.Message() != nil || planOf(m.Descriptor()).byName[string(fd.Name())].inputOnly {
			continue
		}
		switch {
		case fd.IsMap():
			for range r.IntN(3) {
				mv := m.Mutable(fd).Map()
				v := mv.NewValue()
				if fd.MapValue().Message() != nil {
					fill(r, v.Message(), depth-1)
				} else {
					v = scalar(r, fd.MapValue())
				}
				mv.Set(scalar(r, fd.MapKey()).MapKey(), v)
			}
		case fd.IsList():
			l := m.Mutable(fd).List()
			for range r.IntN(3) {
				if fd.Message() != nil {
					fill(r, l.AppendMutable().Message(), depth-1)
				} else {
					l.Append(scalar(r, fd))
				}
			}
		case fd.Message() != nil:
			fill(r, m.Mutable(fd).Message(), depth-1)
		default:
			m.Set(fd, scalar(r, fd))
		}
	}
}

func value(r *rand.Rand, depth int) *structpb.Value {
	switch n := r.IntN(7); {
	case n == 0:
		return structpb.NewNumberValue([]float64{0, 1, -1.5, 1e300, 1e-9, math.Copysign(0, -1), 123456789012345678}[r.IntN(7)])
	case n == 1:
		return structpb.NewBoolValue(true)
	case n == 2:
		return structpb.NewStringValue(text(r))
	case n == 3 && depth > 0:
		return structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{value(r, depth-1), value(r, depth-1)}})
	case n == 4 && depth > 0:
		return structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{text(r): value(r, depth-1)}})
	}
	return structpb.NewNullValue()
}

func scalar(r *rand.Rand, fd protoreflect.FieldDescriptor) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(r.IntN(2) == 0)
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text(r))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(text(r)))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(fd.Enum().Values().Get(r.IntN(fd.Enum().Values().Len())).Number())
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return protoreflect.ValueOfInt32(int32(r.Uint32()))
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(r.Uint32())
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(int64(r.Uint64()))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(r.Uint64())
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32([]float32{0, 1.5, -3e30, 1e-9, float32(math.Inf(1)), float32(math.NaN())}[r.IntN(6)])
	}
	return protoreflect.ValueOfFloat64([]float64{0, 1.5, -3e300, 1e-9, 1e21, math.Inf(-1), math.NaN()}[r.IntN(7)])
}

// TestAbsent: every field is there, and null tells that it is absent.
func TestAbsent(t *testing.T) {
	t.Parallel()
	b, err := AppendJSON(nil, &typev1.Change{})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"at":null,"by":null,"actor":"","action":"","field":"","old":null,"new":null,"reason":"","old_ref":null,"new_ref":null,"truncated_fields":[]}`; string(b) != want {
		t.Errorf("%s, want %s", b, want)
	}
}

// TestNeverAnswered: what a caller only sends is taken, and not shown.
func TestNeverAnswered(t *testing.T) {
	t.Parallel()
	b, err := AppendJSON(nil, &assetsv1.Asset{Name: "a", Reason: "because"})
	if err != nil || strings.Contains(string(b), "reason") {
		t.Errorf("%s %v", b, err)
	}
	if err := walkBody([]byte(`{"reason":"because"}`), (&assetsv1.Asset{}).ProtoReflect().Descriptor()); err != nil {
		t.Error(err)
	}
}

// TestMicroseconds: nothing finer than a microsecond is shown.
func TestMicroseconds(t *testing.T) {
	t.Parallel()
	for nanos, want := range map[int32]string{0: `"1970-01-01T00:00:01Z"`, 1999: `"1970-01-01T00:00:01.000001Z"`, 120_000_000: `"1970-01-01T00:00:01.120Z"`, 999: `"1970-01-01T00:00:01Z"`} {
		b, err := AppendJSON(nil, &timestamppb.Timestamp{Seconds: 1, Nanos: nanos})
		if err != nil || string(b) != want {
			t.Errorf("%d ns: %s %v, want %s", nanos, b, err, want)
		}
	}
}

func asset() *assetsv1.Asset {
	a := &assetsv1.Asset{}
	r := rand.New(rand.NewPCG(3, 4))
	fill(r, a.ProtoReflect(), 1)
	return a
}

func BenchmarkCodec(b *testing.B) {
	m := asset()
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		var out []byte
		for b.Loop() {
			out, _ = AppendJSON(out[:0], m)
		}
	})
	b.Run("protojson", func(b *testing.B) {
		b.ReportAllocs()
		o := protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}
		var out []byte
		for b.Loop() {
			out, _ = o.MarshalAppend(out[:0], m)
		}
	})
}
