package rest

import (
	"net/http"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
)

// Route is a plain HTTP route: its body is not one JSON message (an upload, a download, a redirect, a page).
type Route struct {
	// Method and Pattern are as in "GET" and "/api/v1/assets/export"; a variable stands in braces.
	Method, Pattern string
	// Access says who may call it, as the option of a method does.
	Access *accessv1.Access
	// Doc is what the API's description says about it.
	Doc Doc

	handler func(http.ResponseWriter, *http.Request) error
	limit   int64
	reads   bool
	carries bool
	noHead  bool
	accepts []string
	loose   bool
}

// Doc describes a plain route to its callers.
type Doc struct {
	Summary, Description string
	Tag                  string
	Params               []Parameter
	// Takes are the media types of the body, Gives those of the answer.
	Takes, Gives []string
	// Answer is the message that JSON answers hold, Value the Go value, whose schema has the name ValueName; nil for
	// others.
	Answer    protoreflect.MessageDescriptor
	Value     any
	ValueName string
	// Headers are those of the request that mean something, and what they mean.
	Headers []Parameter
	// Also are further statuses of a success, and what they mean.
	Also   map[int]string
	Status int
	Hidden bool
}

// Parameter is a query parameter of a plain route.
type Parameter struct {
	// Type is a JSON type: "string", "boolean", "integer".
	Name, Type, Description string
}

// Option says more about a plain route.
type Option func(*Route)

// Plain declares a plain HTTP route. It runs through the same chain as an RPC with the same access rule; the handler
// returns a fault before it has written anything. Query parameters that are not declared by Param are refused.
func Plain(method, pattern string, access *accessv1.Access, handler func(http.ResponseWriter, *http.Request) error, options ...Option) Route {
	r := Route{Method: method, Pattern: pattern, Access: access, handler: handler}
	r.Doc.Status = http.StatusOK
	for _, o := range options {
		o(&r)
	}
	return r
}

// Reads marks a route that changes nothing: it has no transaction.
func Reads() Option { return func(r *Route) { r.reads = true } }

// Summary is the route's manual page: one line, and what else there is to say.
func Summary(line, description string) Option {
	return func(r *Route) { r.Doc.Summary, r.Doc.Description = line, description }
}

// Takes allows a media type as body, up to limit bytes.
func Takes(mediaType string, limit int64) Option {
	return func(r *Route) {
		r.Doc.Takes = append(r.Doc.Takes, mediaType)
		r.limit = max(r.limit, limit)
	}
}

// Gives is the status of a success and the media types of its body; the handler chooses by the Accept header.
func Gives(status int, mediaTypes ...string) Option {
	return func(r *Route) {
		r.Doc.Status = status
		r.Doc.Gives = append(r.Doc.Gives, mediaTypes...)
		r.accepts = r.Doc.Gives
	}
}

// Answers says that the JSON of a success is a message of the contract, as AppendJSON writes it.
func Answers(m proto.Message) Option {
	return func(r *Route) { r.Doc.Answer = m.ProtoReflect().Descriptor() }
}

// Writes says that the JSON of a success is such a value as encoding/json writes it. The name is its schema's; the tags
// about and words of its fields describe them.
func Writes(name string, v any) Option {
	return func(r *Route) { r.Doc.ValueName, r.Doc.Value = name, v }
}

// Header declares a header of the request.
func Header(name, description string) Option {
	return func(r *Route) {
		r.Doc.Headers = append(r.Doc.Headers, Parameter{Name: name, Type: "string", Description: description})
	}
}

// Param declares a query parameter.
func Param(name, jsonType, description string) Option {
	return func(r *Route) {
		r.Doc.Params = append(r.Doc.Params, Parameter{Name: name, Type: jsonType, Description: description})
	}
}

// Loose ignores query parameters that are not declared, where others write the address: a provider's answer to a
// sign-in (RFC 6749, 4.1.2).
func Loose() Option { return func(r *Route) { r.loose = true } }

// Tagged puts the route under a tag of the API's description; by default that is the path's word.
func Tagged(tag string) Option { return func(r *Route) { r.Doc.Tag = tag } }

// Carries marks a route that carries a file, in or out: it is streamed, may take as long as it moves, and is not
// compressed on the way. One that writes stores what it has learnt by rpc.Commit. The chain must be a Carrier.
func Carries() Option { return func(r *Route) { r.carries = true } }

// Also declares a further status of a success.
func Also(status int, meaning string) Option {
	return func(r *Route) {
		if r.Doc.Also == nil {
			r.Doc.Also = map[int]string{}
		}
		r.Doc.Also[status] = meaning
	}
}

// Makes marks a GET that makes something, so that HEAD is refused.
func Makes() Option { return func(r *Route) { r.noHead = true } }

// Hidden leaves the route out of the API's description.
func Hidden() Option { return func(r *Route) { r.Doc.Hidden = true } }

func (p *Route) route() *route {
	r := &route{method: p.Method, pattern: p.Pattern, plain: p, hasBody: len(p.Doc.Takes) > 0, success: p.Doc.Status}
	r.parse()
	return r
}

// wordOf is the domain word of a path, for the API's description.
func wordOf(pattern string) string {
	rest, _ := strings.CutPrefix(pattern, "/api/v1/")
	word, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	return word
}
