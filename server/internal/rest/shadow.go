package rest

import (
	"net/http"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/server/internal/contract"
)

// shadowed finds RPC routes that Vanguard would not reach because another route has a literal where they have a
// variable: it answers 405 there. It gives the rules that let Vanguard reach them, such as DELETE /users/{id=me} beside
// GET /users/me.
func (n *node) shadowed(routes []*route) []*annotations.HttpRule {
	var rules []*annotations.HttpRule
	taken := map[string]bool{}
	for _, r := range routes {
		if r.rpc != nil {
			taken[r.method+strings.Join(r.segments, "/")] = true
		}
	}
	for _, r := range routes {
		if r.rpc == nil || !slices.ContainsFunc(r.segments, func(s string) bool { return s != "*" }) {
			continue
		}
		sample := "/" + strings.Join(r.segments, "/")
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			place := method + strings.Join(r.segments, "/")
			var m match
			if taken[place] || !n.find(sample, method, &m, 0) || m.route.rpc == nil || begins(m.route.rpc) {
				continue
			}
			taken[place] = true
			rules = append(rules, m.route.pinned(r.segments))
		}
	}
	return rules
}

// begins tells that another method's name begins with this one's: Vanguard would take its rule for that one's too.
// There the 405 stands.
func begins(m protoreflect.MethodDescriptor) bool {
	all := m.Parent().(protoreflect.ServiceDescriptor).Methods()
	for i := range all.Len() {
		if other := all.Get(i); other != m && strings.HasPrefix(string(other.Name()), string(m.Name())) {
			return true
		}
	}
	return false
}

// pinned is the route's rule with its variables bound to the words that stand in their places.
func (r *route) pinned(words []string) *annotations.HttpRule {
	var path strings.Builder
	variable := 0
	for i, s := range r.segments {
		path.WriteByte('/')
		switch {
		case s != "*":
			path.WriteString(s)
			continue
		case words[i] == "*":
			path.WriteString("{" + r.variables[variable] + "}")
		default:
			path.WriteString("{" + r.variables[variable] + "=" + words[i] + "}")
		}
		variable++
	}
	rule := proto.CloneOf(contract.Rules(r.rpc)[0])
	rule.Selector, rule.AdditionalBindings = string(r.rpc.FullName()), nil
	switch r.method {
	case http.MethodGet:
		rule.Pattern = &annotations.HttpRule_Get{Get: path.String()}
	case http.MethodPut:
		rule.Pattern = &annotations.HttpRule_Put{Put: path.String()}
	case http.MethodPost:
		rule.Pattern = &annotations.HttpRule_Post{Post: path.String()}
	case http.MethodDelete:
		rule.Pattern = &annotations.HttpRule_Delete{Delete: path.String()}
	case http.MethodPatch:
		rule.Pattern = &annotations.HttpRule_Patch{Patch: path.String()}
	}
	return rule
}
