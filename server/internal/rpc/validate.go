package rpc

import (
	"errors"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/ent/rule"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// invalid is a fault that keeps the violations that it was made from, and the values of the rules.
type invalid struct {
	fault      *fault.Error
	violations *validate.Violations
	breaches   *typev1.Breaches
}

// Error is the fault's message.
func (i *invalid) Error() string { return i.fault.Message }

// Unwrap is the fault.
func (i *invalid) Unwrap() error { return i.fault }

// validate checks a message against the rules of its contract.
func (d *Door) validate(p *plan, m proto.Message) error {
	if p.texts != nil {
		if at := p.texts.nul(m.ProtoReflect()); at != "" {
			return fault.Invalid(p.short(at), "must not contain the NUL character")
		}
	}
	if !p.check {
		return nil
	}
	err := d.checker.Validate(m)
	if err == nil {
		return nil
	}
	var broken *protovalidate.ValidationError
	if !errors.As(err, &broken) {
		return err // a rule that does not compile: our mistake
	}
	fields := make(map[string]string, len(broken.Violations))
	for _, one := range broken.Violations {
		if at := p.short(protovalidate.FieldPathString(one.Proto.GetField())); fields[at] == "" {
			fields[at] = one.Proto.GetMessage()
		}
	}
	f, breaches := fault.InvalidFields(fields), &typev1.Breaches{}
	for _, one := range broken.Violations {
		b := &typev1.Breach{Rule: one.Proto.GetRuleId(), Values: asked(one)}
		if one.RuleDescriptor != nil && one.RuleDescriptor.Name() == "cel" { // named by us, and only within its field
			b.Rule = f.Rule(p.short(protovalidate.FieldPathString(one.Proto.GetField()))).ID
		}
		breaches.Items = append(breaches.Items, b)
	}
	return &invalid{f, broken.ToProto(), breaches}
}

// asked is what a rule of the contract asks for: numbers, or the words of a list. A rule such as int32.gte_lte asks for
// two.
func asked(v *protovalidate.Violation) []string {
	kind, names, _ := strings.Cut(v.Proto.GetRuleId(), ".")
	if v.RuleDescriptor == nil || string(v.RuleDescriptor.Name()) == names || v.FieldDescriptor == nil {
		return said(nil, v.RuleDescriptor, v.RuleValue)
	}
	rules := proto.GetExtension(v.FieldDescriptor.Options(), validate.E_Field).(*validate.FieldRules).ProtoReflect()
	all := rules.Descriptor().Fields().ByName(protoreflect.Name(kind))
	if all == nil || all.Message() == nil {
		return nil
	}
	var out []string
	for _, name := range strings.Split(names, "_") {
		if fd := all.Message().Fields().ByName(protoreflect.Name(name)); fd != nil {
			out = said(out, fd, rules.Get(all).Message().Get(fd))
		}
	}
	return out
}

// said adds the value of a rule as texts; a rule that is only on or off has none.
func said(out []string, fd protoreflect.FieldDescriptor, v protoreflect.Value) []string {
	switch {
	case fd == nil, fd.Kind() == protoreflect.BoolKind, fd.Message() != nil:
	case fd.IsList():
		for i := range v.List().Len() {
			if word := v.List().Get(i).String(); word != "" {
				out = append(out, word)
			}
		}
	default:
		out = append(out, v.String())
	}
	return out
}

// short names a field as it is named in the body: "name", not "site.name".
func (p *plan) short(field string) string {
	if p.body != nil {
		if rest, ok := strings.CutPrefix(field, string(p.body.Name())+"."); ok {
			return rest
		}
	}
	return field
}

// long names a field as it is named in the request: "site.name".
func (p *plan) long(field string) string {
	if p == nil || p.body == nil {
		return field
	}
	first, _, _ := strings.Cut(field, ".")
	first, _, _ = strings.Cut(first, "[")
	if p.body.Message().Fields().ByName(protoreflect.Name(first)) == nil {
		return field
	}
	return string(p.body.Name()) + "." + field
}

// texts says where a message has texts: its own, and those of the messages in it.
type texts struct {
	own   []protoreflect.FieldDescriptor
	inner []innerTexts
}

type innerTexts struct {
	field protoreflect.FieldDescriptor
	texts *texts
}

// textsOf makes the plan of a message type; nil when it cannot hold a text.
func (d *Door) textsOf(m protoreflect.MessageDescriptor) *texts {
	if t, ok := d.texts[m.FullName()]; ok {
		return t
	}
	t := &texts{}
	d.texts[m.FullName()] = t // before its fields: messages may hold themselves
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		value := fd
		if fd.IsMap() {
			value = fd.MapValue()
		}
		if value.Kind() == protoreflect.StringKind || fd.IsMap() && fd.MapKey().Kind() == protoreflect.StringKind {
			t.own = append(t.own, fd)
		}
		if value.Message() != nil {
			if inner := d.textsOf(value.Message()); inner != nil {
				t.inner = append(t.inner, innerTexts{fd, inner})
			}
		}
	}
	if len(t.own) == 0 && len(t.inner) == 0 {
		d.texts[m.FullName()] = nil
		return nil
	}
	return t
}

// nul is the path of the first text with a NUL character, which PostgreSQL cannot keep; empty when there is none.
func (t *texts) nul(m protoreflect.Message) string {
	if t == nil {
		return ""
	}
	for _, fd := range t.own {
		if m.Has(fd) && hasNUL(fd, m.Get(fd)) {
			return string(fd.Name())
		}
	}
	for _, in := range t.inner {
		if !m.Has(in.field) {
			continue
		}
		at := ""
		switch v := m.Get(in.field); {
		case in.field.IsList():
			for i := 0; i < v.List().Len() && at == ""; i++ {
				at = in.texts.nul(v.List().Get(i).Message())
			}
		case in.field.IsMap():
			v.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				at = in.texts.nul(v.Message())
				return at == ""
			})
		default:
			at = in.texts.nul(v.Message())
		}
		if at != "" {
			if strings.HasPrefix(string(in.field.Message().FullName()), "google.protobuf.") {
				return string(in.field.Name()) // inside free JSON the way has no names worth telling
			}
			return string(in.field.Name()) + "." + at
		}
	}
	return ""
}

// empty makes texts in which nobody sees anything what they are: none, so that no room takes them for a reason or a
// title.
func (t *texts) empty(m protoreflect.Message) {
	if t == nil {
		return
	}
	for _, fd := range t.own {
		switch {
		case fd.IsMap(), !m.Has(fd):
		case fd.IsList():
			for i, list := 0, m.Get(fd).List(); i < list.Len(); i++ {
				if rule.Blank(list.Get(i).String()) {
					list.Set(i, protoreflect.ValueOfString(""))
				}
			}
		case rule.Blank(m.Get(fd).String()):
			m.Set(fd, protoreflect.ValueOfString(""))
		}
	}
	for _, in := range t.inner {
		switch {
		case !m.Has(in.field), strings.HasPrefix(string(in.field.Message().FullName()), "google.protobuf."): // free JSON stays as it is
		case in.field.IsMap():
			m.Get(in.field).Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				in.texts.empty(v.Message())
				return true
			})
		case in.field.IsList():
			for i, list := 0, m.Get(in.field).List(); i < list.Len(); i++ {
				in.texts.empty(list.Get(i).Message())
			}
		default:
			in.texts.empty(m.Get(in.field).Message())
		}
	}
}

func hasNUL(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
	bad := func(s string) bool { return strings.IndexByte(s, 0) >= 0 }
	switch {
	case fd.IsList():
		for i := range v.List().Len() {
			if bad(v.List().Get(i).String()) {
				return true
			}
		}
		return false
	case fd.IsMap():
		found := false
		v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			found = fd.MapKey().Kind() == protoreflect.StringKind && bad(k.String()) || fd.MapValue().Kind() == protoreflect.StringKind && bad(v.String())
			return !found
		})
		return found
	}
	return bad(v.String())
}

// ruled tells whether a message type, or one inside it, has rules at all.
func ruled(m protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	if seen[m.FullName()] {
		return false
	}
	seen[m.FullName()] = true
	if proto.HasExtension(m.Options(), validate.E_Message) {
		return true
	}
	for i := range m.Oneofs().Len() {
		if proto.HasExtension(m.Oneofs().Get(i).Options(), validate.E_Oneof) {
			return true
		}
	}
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		if proto.HasExtension(fd.Options(), validate.E_Field) {
			return true
		}
		if fd.IsMap() {
			fd = fd.MapValue()
		}
		if fd.Message() != nil && ruled(fd.Message(), seen) {
			return true
		}
	}
	return false
}
