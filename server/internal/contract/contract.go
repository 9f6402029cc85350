// Package contract reads what the contract says of its methods beside what they take and answer: who may call them,
// where they are on HTTP, and whether they only read.
package contract

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
)

// Methods are all methods of the contract that the program has, in order of their full names.
func Methods() []protoreflect.MethodDescriptor {
	var all []protoreflect.MethodDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), "holdfast.") {
			return true
		}
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			for j := range s.Methods().Len() {
				all = append(all, s.Methods().Get(j))
			}
		}
		return true
	})
	slices.SortFunc(all, func(a, b protoreflect.MethodDescriptor) int { return cmp.Compare(a.FullName(), b.FullName()) })
	return all
}

// Short is a method's name without its package: "SiteService.GetSite".
func Short(m protoreflect.MethodDescriptor) string {
	return string(m.Parent().Name()) + "." + string(m.Name())
}

// Access is who may call a method; nil where nothing is declared.
func Access(m protoreflect.MethodDescriptor) *accessv1.Access {
	a, _ := proto.GetExtension(m.Options(), accessv1.E_Access).(*accessv1.Access)
	return a
}

// Reads tells whether a method is declared to change nothing.
func Reads(m protoreflect.MethodDescriptor) bool {
	o, _ := m.Options().(*descriptorpb.MethodOptions)
	return o.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS
}

// Rules are a method's places on HTTP, its own first; a stream has none.
func Rules(m protoreflect.MethodDescriptor) []*annotations.HttpRule {
	rule := Rule(m)
	if rule == nil {
		return nil
	}
	return append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...)
}

// Rule is a method's own place on HTTP; nil where it has none.
func Rule(m protoreflect.MethodDescriptor) *annotations.HttpRule {
	rule, _ := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	return rule
}

// Place is the HTTP method and the path of a rule, such as "GET" and "/api/v1/sites/{id}"; empty for no rule.
func Place(rule *annotations.HttpRule) (verb, path string) {
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return http.MethodGet, p.Get
	case *annotations.HttpRule_Post:
		return http.MethodPost, p.Post
	case *annotations.HttpRule_Patch:
		return http.MethodPatch, p.Patch
	case *annotations.HttpRule_Put:
		return http.MethodPut, p.Put
	case *annotations.HttpRule_Delete:
		return http.MethodDelete, p.Delete
	}
	return "", ""
}
