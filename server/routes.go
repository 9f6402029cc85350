package server

import (
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
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
	for _, name := range s.Services() {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		service, ok := d.(protoreflect.ServiceDescriptor)
		if err != nil || !ok {
			continue // New has refused what is not in the contract
		}
		for i := range service.Methods().Len() {
			m := service.Methods().Get(i)
			rule, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
			if rule == nil {
				continue
			}
			access, _ := proto.GetExtension(m.Options(), accessv1.E_Access).(*accessv1.Access)
			for _, r := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
				method, path := place(r)
				all = append(all, Route{method, path, string(m.FullName()), accessText(access)})
			}
		}
	}
	for _, p := range s.house.plain {
		all = append(all, Route{p.Method, p.Pattern, "", accessText(p.Access)})
	}
	slices.SortFunc(all, func(a, b Route) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
	return all
}

func place(r *annotations.HttpRule) (method, path string) {
	switch p := r.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return "GET", p.Get
	case *annotations.HttpRule_Post:
		return "POST", p.Post
	case *annotations.HttpRule_Patch:
		return "PATCH", p.Patch
	case *annotations.HttpRule_Put:
		return "PUT", p.Put
	case *annotations.HttpRule_Delete:
		return "DELETE", p.Delete
	}
	return "", ""
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
