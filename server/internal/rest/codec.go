package rest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"connectrpc.com/connect"
	"connectrpc.com/vanguard"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/server/internal/inprocess"
)

// codec is the JSON of the REST side: proto field names, every field present, null for what is absent, times in UTC
// with at most microseconds. It replaces Vanguard's own JSON codec.
type codec struct {
	in protojson.UnmarshalOptions
}

var _ vanguard.RESTCodec = codec{}

func newCodec(res vanguard.TypeResolver) vanguard.Codec {
	return codec{in: protojson.UnmarshalOptions{Resolver: res}}
}

// Name is the name that Vanguard looks REST's codec up by.
func (codec) Name() string { return vanguard.CodecJSON }

// MarshalAppend writes a message. An error's status is written in binary form: the answer's writer makes the problem
// body of it.
func (codec) MarshalAppend(b []byte, m proto.Message) ([]byte, error) {
	if s, ok := m.(*status.Status); ok {
		return proto.MarshalOptions{}.MarshalAppend(b, s)
	}
	b, err := AppendJSON(b, m)
	return append(b, '\n'), err
}

// MarshalAppendField writes one field, for methods whose answer is a part of the message.
func (codec) MarshalAppendField(b []byte, m proto.Message, fd protoreflect.FieldDescriptor) ([]byte, error) {
	r := m.ProtoReflect()
	for _, f := range planOf(r.Descriptor()).fields {
		if f.fd.Number() == fd.Number() {
			return f.appendValue(b, r)
		}
	}
	return nil, fmt.Errorf("%s has no field %s", r.Descriptor().FullName(), fd.Name())
}

// Unmarshal reads a message. The body has been walked before (see walk), so that an error here is rare and its text is
// not the caller's.
func (c codec) Unmarshal(data []byte, m proto.Message) error {
	if err := c.in.Unmarshal(data, m); err != nil {
		return connect.NewError(connect.CodeInvalidArgument, errMalformed) //nolint:forbidigo // Vanguard takes any other error for the server's own
	}
	return nil
}

// UnmarshalField reads a body that is one list or map of the request.
func (c codec) UnmarshalField(data []byte, m proto.Message, fd protoreflect.FieldDescriptor) error {
	whole := make([]byte, 0, len(data)+len(fd.Name())+5)
	whole = append(whole, '{')
	whole = appendString(whole, string(fd.Name()))
	whole = append(whole, ':')
	whole = append(whole, data...)
	return c.Unmarshal(append(whole, '}'), m)
}

var errMalformed = errors.New("the body is not the JSON that is expected here")

// binary is the protobuf codec of the inner side. Unlike Vanguard's own it is not "stable", so that a GET does not
// travel inside as a URL.
type binary struct{}

func newBinary(vanguard.TypeResolver) vanguard.Codec { return binary{} }

// Name is the name that Vanguard looks the codec up by.
func (binary) Name() string { return vanguard.CodecProto }

// MarshalAppend writes a message.
func (binary) MarshalAppend(b []byte, m proto.Message) ([]byte, error) {
	return proto.MarshalOptions{}.MarshalAppend(b, m)
}

// Unmarshal reads a message, or takes it from where it is.
func (binary) Unmarshal(data []byte, m proto.Message) error {
	if inprocess.Take(data, m) {
		return nil
	}
	return proto.Unmarshal(data, m)
}

// plan is what is known about a message type before any message is seen.
type plan struct {
	fields []*fieldPlan
	shown  []*fieldPlan // those that answers have
	byName map[string]*fieldPlan
	// special writes a well-known type in the form of its own.
	special func(b []byte, m protoreflect.Message) ([]byte, error)
	// kind is how the type is read, wrapped the value inside of a wrapper.
	kind    shape
	wrapped *fieldPlan
}

type fieldPlan struct {
	fd protoreflect.FieldDescriptor
	// key is the field's name as it is written: with the comma in front and the colon behind.
	key      []byte
	presence bool
	// scalar writes one value of the field's kind that is no message.
	scalar func(b []byte, v protoreflect.Value) []byte
	// message is the plan of the field's message type.
	message *plan
	// mapValue and mapKey are set for maps.
	mapValue   *fieldPlan
	outputOnly bool
	inputOnly  bool
}

var (
	plans    sync.Map // protoreflect.FullName → *plan
	planning sync.Mutex
)

// planOf makes the plan of a message type, once.
func planOf(md protoreflect.MessageDescriptor) *plan {
	if p, ok := plans.Load(md.FullName()); ok {
		return p.(*plan)
	}
	planning.Lock()
	defer planning.Unlock()
	made := map[protoreflect.FullName]*plan{}
	p := makePlan(md, made)
	for name, q := range made { // published only when whole: plans point at each other
		plans.LoadOrStore(name, q)
	}
	return p
}

func makePlan(md protoreflect.MessageDescriptor, made map[protoreflect.FullName]*plan) *plan {
	if p, ok := plans.Load(md.FullName()); ok {
		return p.(*plan)
	}
	if p, ok := made[md.FullName()]; ok {
		return p
	}
	p := &plan{byName: map[string]*fieldPlan{}}
	made[md.FullName()] = p
	if w, ok := specialOf(md.FullName()); ok {
		p.special, p.kind = w.write, w.kind
		if w.kind == shapeWrapped {
			p.wrapped = makeField(md.Fields().ByNumber(1), made)
		}
		return p
	}
	p.kind = shapeMessage
	fields := md.Fields()
	for i := range fields.Len() {
		f := makeField(fields.Get(i), made)
		f.key = appendString(nil, string(f.fd.Name()))
		f.key = append(f.key, ':')
		p.fields = append(p.fields, f)
		p.byName[string(f.fd.Name())] = f
		if f.inputOnly {
			continue // a password, or a change's reason, is never answered
		}
		if len(p.shown) > 0 {
			f.key = append([]byte{','}, f.key...)
		}
		p.shown = append(p.shown, f)
	}
	return p
}

func makeField(fd protoreflect.FieldDescriptor, made map[protoreflect.FullName]*plan) *fieldPlan {
	f := &fieldPlan{fd: fd, presence: fd.HasPresence()}
	behaviours, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	f.outputOnly = slices.Contains(behaviours, annotations.FieldBehavior_OUTPUT_ONLY)
	f.inputOnly = slices.Contains(behaviours, annotations.FieldBehavior_INPUT_ONLY)
	switch {
	case fd.IsMap():
		f.mapValue = makeField(fd.MapValue(), made)
	case fd.Message() != nil:
		f.message = makePlan(fd.Message(), made)
	default:
		f.scalar = scalarWriter(fd)
	}
	return f
}

// hasUpdateMask tells whether a request takes the keys of its body as a mask.
func hasUpdateMask(md protoreflect.MessageDescriptor) bool {
	fd := md.Fields().ByName("update_mask")
	return fd != nil && fd.Message() != nil && fd.Message().FullName() == "google.protobuf.FieldMask"
}

// camel is a field path as a mask's JSON form has it.
func camel(path string) string {
	var b strings.Builder
	up := false
	for i := range len(path) {
		c := path[i]
		switch {
		case c == '_':
			up = true
			continue
		case up && 'a' <= c && c <= 'z':
			c -= 'a' - 'A'
		}
		up = false
		b.WriteByte(c)
	}
	return b.String()
}
