package housetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"

	"github.com/holdfast-platform/holdfast/server/internal/contract"
)

// Protocols are the ways to call a method.
var Protocols = []string{"connect", "connect-json", "grpc", "grpc-web", "rest"}

// Answer is what came back, the same for every protocol.
type Answer struct {
	// Code is "ok" or a Connect code such as "not_found"; Reason is the error's, Fields its message per field, keyed as
	// in the body.
	Code, Reason, Text string
	Fields             map[string]string
	// Rules has the rule that each field breaks and its values, such as "string.max_len 255"; nil over REST.
	Rules map[string]string
	// Message is the answer of a call that went well.
	Message proto.Message
	// Status is the HTTP status of REST, else 0.
	Status int
	Header http.Header
}

// Method finds a method of the contract by a name such as "SiteService.GetSite".
func Method(name string) protoreflect.MethodDescriptor {
	for _, m := range contract.Methods() {
		if contract.Short(m) == name {
			return m
		}
	}
	return nil
}

// Call calls a method by one of the Protocols. Headers follow in pairs.
func (c *Caller) Call(protocol, method string, in proto.Message, headers ...string) *Answer {
	t := c.house.t
	t.Helper()
	m := Method(method)
	if m == nil {
		t.Fatalf("there is no method %s", method)
	}
	if protocol == "rest" {
		return c.callREST(m, in, headers)
	}
	var options []connect.ClientOption
	web := c.HTTP
	switch protocol {
	case "connect-json":
		options = append(options, connect.WithProtoJSON())
	case "grpc":
		options, web = append(options, connect.WithGRPC()), c.H2
	case "grpc-web":
		options = append(options, connect.WithGRPCWeb())
	}
	options = append(options, connect.WithSchema(m), connect.WithResponseInitializer(func(_ connect.Spec, msg any) error {
		if d, ok := msg.(*dynamicpb.Message); ok {
			*d = *dynamicpb.NewMessage(m.Output())
		}
		return nil
	}))
	client := connect.NewClient[dynamicpb.Message, dynamicpb.Message](web, fmt.Sprintf("%s/%s/%s", c.URL, m.Parent().FullName(), m.Name()), options...)
	req := dynamicpb.NewMessage(m.Input())
	b, err := proto.Marshal(in)
	if err == nil {
		err = proto.Unmarshal(b, req)
	}
	if err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	out := connect.NewRequest(req)
	for i := 0; i+1 < len(headers); i += 2 {
		out.Header().Set(headers[i], headers[i+1])
	}
	res, err := client.CallUnary(t.Context(), out)
	if err != nil {
		return ofError(m, err)
	}
	return &Answer{Code: "ok", Message: concrete(m, res.Msg), Header: res.Header()}
}

// concrete is a message in its generated type.
func concrete(m protoreflect.MethodDescriptor, d proto.Message) proto.Message {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(m.Output().FullName())
	if err != nil {
		return d
	}
	out := kind.New().Interface()
	if b, err := proto.Marshal(d); err != nil || proto.Unmarshal(b, out) != nil {
		return d
	}
	return out
}

func ofError(m protoreflect.MethodDescriptor, err error) *Answer {
	a := &Answer{Code: connect.CodeOf(err).String(), Text: err.Error()}
	var e *connect.Error
	if !errors.As(err, &e) {
		return a
	}
	a.Header, a.Text = e.Meta(), e.Message()
	var fields []string
	for _, d := range e.Details() {
		v, err := d.Value()
		if err != nil {
			continue
		}
		switch v := v.(type) {
		case *errdetails.ErrorInfo:
			a.Reason = v.GetReason()
		case *validate.Violations:
			a.Fields = map[string]string{}
			for _, one := range v.GetViolations() {
				fields = append(fields, inBody(m, protovalidate.FieldPathString(one.GetField())))
				a.Fields[fields[len(fields)-1]] = one.GetMessage()
			}
		case *typev1.Breaches:
			a.Rules = map[string]string{}
			for i, one := range v.GetItems() {
				a.Rules[fields[i]] = strings.Join(append([]string{one.GetRule()}, one.GetValues()...), " ")
			}
		}
	}
	return a
}

// inBody cuts off the resource's name, as REST does.
func inBody(m protoreflect.MethodDescriptor, field string) string {
	return strings.TrimPrefix(field, contract.Rule(m).GetBody()+".")
}

// HTTPRoute is the verb, the pattern and the body's field of a method; empty when it has none.
func HTTPRoute(m protoreflect.MethodDescriptor) (verb, pattern, body string) {
	verb, pattern = contract.Place(contract.Rule(m))
	return verb, pattern, contract.Rule(m).GetBody()
}

func (c *Caller) callREST(m protoreflect.MethodDescriptor, in proto.Message, headers []string) *Answer {
	t := c.house.t
	t.Helper()
	verb, path, text, err := restRequest(m, in)
	if err != nil {
		t.Fatalf("%s by REST: %v", m.Name(), err)
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), verb, c.URL+path, bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s by REST: %v", m.Name(), err)
	}
	if len(text) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		t.Fatalf("%s by REST: %v", m.Name(), err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s by REST: %v", m.Name(), err)
	}
	a := &Answer{Status: res.StatusCode, Header: res.Header, Text: string(answer)}
	if res.StatusCode >= 400 {
		var p struct {
			Code, Reason string
			Fields       map[string]string
		}
		if err := json.Unmarshal(answer, &p); err != nil {
			t.Errorf("%s %s: no problem body: %s", verb, path, answer)
		}
		if a.Code, a.Reason = p.Code, p.Reason; len(p.Fields) > 0 {
			a.Fields = p.Fields
		}
		return a
	}
	a.Code = "ok"
	a.Message = concrete(m, dynamicpb.NewMessage(m.Output()))
	if len(answer) > 0 {
		if err := (protojson.UnmarshalOptions{DiscardUnknown: false}).Unmarshal(answer, a.Message); err != nil {
			t.Errorf("%s %s: %v: %s", verb, path, err, answer)
		}
	}
	return a
}

// restRequest says by REST what a message says by RPC.
func restRequest(m protoreflect.MethodDescriptor, in proto.Message) (verb, path string, body []byte, err error) {
	verb, pattern, bodyField := HTTPRoute(m)
	if verb == "" {
		return "", "", nil, errors.New("it has no route")
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(in)
	if err != nil {
		return "", "", nil, err
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return "", "", nil, err
	}
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		value, _ := take(fields, strings.Split(strings.Trim(part, "{}"), "."))
		parts[i] = url.PathEscape(fmt.Sprint(value))
	}
	path = strings.Join(parts, "/")
	mask, _ := take(fields, []string{"update_mask"})
	switch bodyField {
	case "":
	case "*":
		if body, err = json.Marshal(fields); err != nil {
			return "", "", nil, err
		}
		fields = nil
	default:
		inner, _ := fields[bodyField].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
		}
		if verb == "PATCH" {
			inner = masked(in, inner, mask)
		}
		if body, err = json.Marshal(inner); err != nil {
			return "", "", nil, err
		}
		delete(fields, bodyField)
	}
	if len(fields) > 0 {
		path += "?" + query(fields).Encode()
	}
	return verb, path, body, nil
}

// masked leaves in the body what the mask names, and says null where it names what is not set.
func masked(in proto.Message, body map[string]any, mask any) map[string]any {
	fd := in.ProtoReflect().Descriptor().Fields().ByName("update_mask")
	if mask == nil || fd == nil {
		return body
	}
	out := map[string]any{}
	if v, ok := body["version"]; ok {
		out["version"] = v
	}
	if v, ok := body["reason"]; ok {
		out["reason"] = v
	}
	for _, p := range in.ProtoReflect().Get(fd).Message().Interface().(*fieldmaskpb.FieldMask).GetPaths() {
		head, _, _ := strings.Cut(p, ".")
		out[head] = body[head]
	}
	return out
}

// take removes what a way leads to, and gives it.
func take(m map[string]any, way []string) (any, bool) {
	v, ok := m[way[0]]
	if len(way) == 1 {
		delete(m, way[0])
		return v, ok
	}
	inner, _ := v.(map[string]any)
	if inner == nil {
		return nil, false
	}
	return take(inner, way[1:])
}

func query(fields map[string]any) url.Values {
	q := url.Values{}
	var add func(name string, v any)
	add = func(name string, v any) {
		switch v := v.(type) {
		case []any:
			for _, one := range v {
				add(name, one)
			}
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				add(name+"."+k, v[k])
			}
		default:
			q.Add(name, fmt.Sprint(v))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		add(k, fields[k])
	}
	return q
}
