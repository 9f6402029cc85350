package rest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/holdfast-platform/holdfast/server/internal/contract"
)

// route is one HTTP method on one path: an RPC or a plain handler.
type route struct {
	method, pattern string
	segments        []string // "*" where a variable stands
	variables       []string // names, in order

	// The rest is of RPCs only.
	rpc       protoreflect.MethodDescriptor
	procedure string // "/package.Service/Method"
	input     protoreflect.MessageType
	output    protoreflect.MessageType
	params    map[string]*fieldPlan
	body      protoreflect.FieldDescriptor // nil: none, or the whole request
	hasBody   bool
	patch     bool // the body's keys become update_mask
	success   int
	list      *listing

	// serve is set for plain routes.
	plain *Route
	serve func(http.ResponseWriter, *http.Request) error
}

func (r *route) name() string { return r.method + " " + r.pattern }

// reads tells whether the route changes nothing.
func (r *route) reads() bool {
	if r.plain != nil {
		return r.plain.reads
	}
	return contract.Reads(r.rpc)
}

// routesOf makes the routes of a service.
func routesOf(sd protoreflect.ServiceDescriptor) ([]*route, error) {
	var out []*route
	for i := range sd.Methods().Len() {
		md := sd.Methods().Get(i)
		for _, rule := range contract.Rules(md) {
			r, err := routeOf(md, rule)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", md.FullName(), err)
			}
			out = append(out, r)
		}
	}
	return out, nil
}

func routeOf(md protoreflect.MethodDescriptor, rule *annotations.HttpRule) (*route, error) {
	r := &route{rpc: md, params: map[string]*fieldPlan{}}
	r.procedure = "/" + string(md.Parent().FullName()) + "/" + string(md.Name())
	r.method, r.pattern = contract.Place(rule)
	if r.method == "" || !strings.HasPrefix(r.pattern, "/") {
		return nil, errors.New("the HTTP rule has no usable method and path")
	}
	if md.IsStreamingClient() || md.IsStreamingServer() {
		return nil, errors.New("a stream has no HTTP route: use a WebSocket or a plain route")
	}
	r.parse()
	var err error
	if r.input, err = protoregistry.GlobalTypes.FindMessageByName(md.Input().FullName()); err != nil {
		return nil, err
	}
	if r.output, err = protoregistry.GlobalTypes.FindMessageByName(md.Output().FullName()); err != nil {
		return nil, err
	}
	switch rule.GetBody() {
	case "":
	case "*":
		r.hasBody = true
	default:
		r.hasBody = true
		if r.body = md.Input().Fields().ByName(protoreflect.Name(rule.GetBody())); r.body == nil {
			return nil, fmt.Errorf("the body %q is no field of the request", rule.GetBody())
		}
	}
	if r.patch = r.method == http.MethodPatch && hasUpdateMask(md.Input()); r.patch {
		if r.body == nil || r.body.Message() == nil {
			return nil, errors.New("a PATCH with update_mask needs a message as body")
		}
	}
	r.takeParams()
	r.success = successOf(md, r.method)
	r.list = listingOf(r)
	return r, nil
}

// parse cuts the pattern into segments and variables.
func (r *route) parse() {
	for _, s := range strings.Split(strings.TrimPrefix(r.pattern, "/"), "/") {
		if strings.HasPrefix(s, "{") {
			name, _, _ := strings.Cut(strings.Trim(s, "{}"), "=")
			r.variables = append(r.variables, name)
			s = "*"
		}
		r.segments = append(r.segments, s)
	}
}

// takeParams collects the query parameters: the request's fields that stand in neither path nor body and have a value
// of one word.
func (r *route) takeParams() {
	if r.hasBody && r.body == nil {
		return
	}
	for _, f := range planOf(r.rpc.Input()).fields {
		switch {
		case f == nil, r.body != nil && f.fd.Number() == r.body.Number(), slices.Contains(r.variables, f.name()), f.mapValue != nil:
		case r.patch && f.name() == "update_mask":
		case f.message == nil, f.message.kind == shapeTime, f.message.kind == shapeDuration, f.message.kind == shapeMask, f.message.kind == shapeWrapped:
			r.params[f.name()] = f
		}
	}
}

// node is a place in the tree of all paths.
type node struct {
	literal  map[string]*node
	variable *node
	methods  map[string]*route
}

// add puts a route into the tree; two on one place are an error.
func (n *node) add(r *route) error {
	at := n
	for _, s := range r.segments {
		at = at.child(s)
	}
	if other := at.methods[r.method]; other != nil {
		return fmt.Errorf("%s is registered twice, also as %s", r.name(), other.name())
	}
	if at.methods == nil {
		at.methods = map[string]*route{}
	}
	at.methods[r.method] = r
	return nil
}

func (n *node) child(segment string) *node {
	if segment == "*" {
		if n.variable == nil {
			n.variable = &node{}
		}
		return n.variable
	}
	if n.literal == nil {
		n.literal = map[string]*node{}
	}
	if n.literal[segment] == nil {
		n.literal[segment] = &node{}
	}
	return n.literal[segment]
}

// maxVariables is how many variables a path has at most.
const maxVariables = 8

// match is a route that was found, and what its variables hold.
type match struct {
	route  *route
	values [maxVariables]string
	// allow is set where the path is known but not the method.
	allow map[string]bool
}

// find looks for the route of a path. A literal wins over a variable, but does not hide the variable's other methods.
func (n *node) find(path, method string, m *match, depth int) bool {
	if path == "" {
		if r := n.methods[method]; r != nil {
			m.route = r
			return true
		}
		for k := range n.methods {
			if m.allow == nil {
				m.allow = map[string]bool{}
			}
			m.allow[k] = true
		}
		return false
	}
	segment, rest, _ := strings.Cut(path[1:], "/")
	if rest != "" {
		rest = path[1+len(segment):]
	}
	if c := n.literal[segment]; c != nil && c.find(rest, method, m, depth) {
		return true
	}
	if n.variable != nil && segment != "" && depth < maxVariables {
		m.values[depth] = segment
		return n.variable.find(rest, method, m, depth+1)
	}
	return false
}

// allowed is the Allow header's value.
func (m *match) allowed() string {
	if m.allow[http.MethodGet] {
		m.allow[http.MethodHead] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(m.allow)), ", ")
}
