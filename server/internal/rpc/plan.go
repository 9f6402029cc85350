package rpc

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
)

// plan is all that the door needs to know of a method, worked out once.
type plan struct {
	procedure string // "/holdfast.sites.v1.SiteService/GetSite"
	access    *accessv1.Access
	reads     bool // declared NO_SIDE_EFFECTS
	streams   bool
	receives  bool // more than one message: it cannot be read before the call

	body     protoreflect.FieldDescriptor // the resource in the request, where there is one
	id       path                         // which record is meant
	version  path                         // which version the caller has seen
	reason   path                         // why they want it
	dryRun   path                         // validate_only
	check    bool                         // protovalidate has something to do
	texts    *texts                       // where texts may be; nil has none
	input    protoreflect.MessageDescriptor
	output   protoreflect.MessageType
	answerID protoreflect.FieldDescriptor // the answer's id, for Location
	answerV  protoreflect.FieldDescriptor // the answer's version, for ETag
	location string                       // "/api/v1/sites/": where what was created is found
	secrets  bool                         // the answer shows a secret
	list     *list                        // the answer has rows; nil has none
}

// path leads to a field of the request, or of its resource. The empty path leads nowhere.
type path []protoreflect.FieldDescriptor

// in is the value at the path, and whether the way there is set.
func (p path) in(m protoreflect.Message) (protoreflect.Value, bool) {
	if len(p) == 0 {
		return protoreflect.Value{}, false
	}
	for _, fd := range p[:len(p)-1] {
		if !m.Has(fd) {
			return protoreflect.Value{}, false
		}
		m = m.Get(fd).Message()
	}
	return m.Get(p[len(p)-1]), true
}

func (d *Door) plan(m protoreflect.MethodDescriptor, undeclared *accessv1.Access) (*plan, error) {
	p := &plan{
		procedure: fmt.Sprintf("/%s/%s", m.Parent().FullName(), m.Name()),
		streams:   m.IsStreamingServer() || m.IsStreamingClient(),
		receives:  m.IsStreamingClient(),
		input:     m.Input(),
	}
	p.reads, p.access = contract.Reads(m), contract.Access(m)
	if p.access == nil {
		p.access = undeclared
	}
	if err := checkAccess(p.access); err != nil {
		return nil, fmt.Errorf("rpc: %s: %w", m.FullName(), err)
	}
	var err error
	if p.output, err = protoregistry.GlobalTypes.FindMessageByName(m.Output().FullName()); err != nil {
		return nil, fmt.Errorf("rpc: %s: %w", m.FullName(), err)
	}
	rule := contract.Rule(m)
	verb, pattern := contract.Place(rule)
	if rule.GetBody() != "" && rule.GetBody() != "*" {
		if fd := m.Input().Fields().ByName(protoreflect.Name(rule.GetBody())); fd != nil && fd.Message() != nil && !fd.IsList() {
			p.body = fd
		}
	}
	if err := p.confirmable(); err != nil {
		return nil, err
	}
	p.inputs(verb, pattern)
	out := m.Output().Fields()
	if fd := out.ByName("version"); scalar(fd, protoreflect.Int32Kind) && !p.streams {
		p.answerV = fd
	}
	if fd := out.ByName("id"); verb == "POST" && strings.HasPrefix(string(m.Name()), "Create") && scalar(fd, protoreflect.StringKind) {
		if p.location = home(m); p.location != "" {
			p.answerID = fd
		}
	}
	p.secrets = secret(m.Output(), nil)
	if !p.streams {
		p.list = listOf(m.Input(), m.Output())
	}
	p.check = ruled(m.Input(), map[protoreflect.FullName]bool{})
	p.texts = d.textsOf(m.Input())
	return p, nil
}

// inputs finds the fields of the request that the door reads.
func (p *plan) inputs(verb, pattern string) {
	top := p.input.Fields()
	if vars := variables(pattern); len(vars) > 0 {
		name := vars[0] // what an action such as /incidents/{id}/merge is done to
		if verb != "POST" {
			name = vars[len(vars)-1]
		}
		p.id = p.lookup(name)
	}
	if p.id == nil {
		p.id = p.field(top.ByName("id"), protoreflect.StringKind)
	}
	p.dryRun = p.field(top.ByName("validate_only"), protoreflect.BoolKind)
	p.reason = p.field(top.ByName("reason"), protoreflect.StringKind)
	if p.reads {
		return
	}
	p.version = p.field(top.ByName("version"), protoreflect.Int32Kind)
	if p.body == nil {
		return
	}
	inner := p.body.Message().Fields()
	if p.reason == nil {
		if fd := inner.ByName("reason"); scalar(fd, protoreflect.StringKind) {
			p.reason = path{p.body, fd}
		}
	}
	// A version in what is being created is what was read of another record: it says nothing.
	if fd := inner.ByName("version"); p.version == nil && verb != "POST" && scalar(fd, protoreflect.Int32Kind) {
		p.version = path{p.body, fd}
	}
}

func (p *plan) field(fd protoreflect.FieldDescriptor, kind protoreflect.Kind) path {
	if !scalar(fd, kind) {
		return nil
	}
	return path{fd}
}

// lookup follows a name such as "site.id".
func (p *plan) lookup(name string) path {
	var way path
	m := p.input
	for _, part := range strings.Split(name, ".") {
		if m == nil {
			return nil
		}
		fd := m.Fields().ByName(protoreflect.Name(part))
		if fd == nil {
			return nil
		}
		way, m = append(way, fd), fd.Message()
	}
	if !scalar(way[len(way)-1], protoreflect.StringKind) {
		return nil
	}
	return way
}

func scalar(fd protoreflect.FieldDescriptor, kind protoreflect.Kind) bool {
	return fd != nil && fd.Kind() == kind && !fd.IsList()
}

// variables are the names in a pattern's braces.
func variables(pattern string) []string {
	var names []string
	for _, part := range strings.Split(pattern, "/") {
		if strings.HasPrefix(part, "{") && strings.HasSuffix(part, "}") {
			name, _, _ := strings.Cut(part[1:len(part)-1], "=")
			names = append(names, name)
		}
	}
	return names
}

// home is the path under which the service gives what the method creates, or empty.
func home(m protoreflect.MethodDescriptor) string {
	methods := m.Parent().(protoreflect.ServiceDescriptor).Methods()
	for i := range methods.Len() {
		get := methods.Get(i)
		if get.Output() != m.Output() {
			continue
		}
		if verb, pattern := contract.Place(contract.Rule(get)); verb == "GET" && strings.HasSuffix(pattern, "/{id}") && strings.Count(pattern, "{") == 1 {
			return strings.TrimSuffix(pattern, "{id}")
		}
	}
	return ""
}

// secretNames are the fields that show a secret to its owner once.
var secretNames = []string{"token", "secret", "access_token", "refresh_token", "mfa_token", "recovery_codes", "otpauth_url", "password"}

// secret tells whether a message can show a secret: a field of one of the names above, or one marked debug_redact.
func secret(m protoreflect.MessageDescriptor, above []protoreflect.FullName) bool {
	if slices.Contains(above, m.FullName()) {
		return false
	}
	above = append(above, m.FullName())
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		behaviors, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
		if slices.Contains(behaviors, annotations.FieldBehavior_INPUT_ONLY) {
			continue // never shown
		}
		options, _ := fd.Options().(*descriptorpb.FieldOptions)
		if options.GetDebugRedact() || slices.Contains(secretNames, string(fd.Name())) {
			return true
		}
		if fd.Message() != nil && !strings.HasPrefix(string(fd.Message().FullName()), "google.") && secret(fd.Message(), above) {
			return true
		}
	}
	return false
}

// checkAccess makes sure that a rule says something.
func checkAccess(a *accessv1.Access) error {
	switch r := a.GetRule().(type) {
	case nil:
		return fmt.Errorf("it does not declare who may call it")
	case *accessv1.Access_Public, *accessv1.Access_SignedIn, *accessv1.Access_PlatformAdmin, *accessv1.Access_Device, *accessv1.Access_Provisioning,
		*accessv1.Access_Webhook, *accessv1.Access_Internal:
		m := a.ProtoReflect()
		if !m.Get(m.WhichOneof(m.Descriptor().Oneofs().ByName("rule"))).Bool() {
			return fmt.Errorf("a rule that is false says nothing")
		}
	case *accessv1.Access_Permission:
		if strings.Count(r.Permission, ":") != 1 || strings.ContainsAny(r.Permission, "* ") {
			return fmt.Errorf("%q is no permission", r.Permission)
		}
	case *accessv1.Access_Record:
		if r.Record.GetAction() == "" {
			return fmt.Errorf("a record rule needs an action")
		}
	}
	return nil
}
