package server

import (
	"slices"
	"strings"

	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
)

// Route is a place of the HTTP API.
type Route struct {
	// Method and Path are as in "GET" and "/api/v1/sites/{id}"; RPC is the method's full name, empty for plain HTTP.
	Method, Path, RPC string
	// Access is the permission (two with " + " between), or "public", "signed_in", "record" and the like.
	Access string
}

// Services are the full names of the services of the contract that are served.
func (s *Server) Services() []string { return s.house.names() }

// Routes are the routes of the HTTP API: those of the methods, and the plain ones.
func (s *Server) Routes() []Route {
	var all []Route
	served := s.Services()
	for _, m := range contract.Methods() {
		if !slices.Contains(served, string(m.Parent().FullName())) {
			continue
		}
		for _, r := range contract.Rules(m) {
			method, path := contract.Place(r)
			all = append(all, Route{method, path, string(m.FullName()), accessText(contract.Access(m))})
		}
	}
	for _, p := range s.house.plain {
		all = append(all, Route{p.Method, p.Pattern, "", accessText(p.Access)})
	}
	slices.SortFunc(all, func(a, b Route) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
	return all
}

// accessText is a rule in a word.
func accessText(a *accessv1.Access) string {
	text := a.GetPermission()
	if text == "" && a != nil {
		m := a.ProtoReflect()
		if fd := m.WhichOneof(m.Descriptor().Oneofs().ByName("rule")); fd != nil {
			text = string(fd.Name())
		}
	}
	if also := a.GetAlso(); also != "" {
		text += " + " + also
	}
	return text
}
