package rules_test

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// writable are the fields of a resource that a caller may change.
func writable(d protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	var out []protoreflect.FieldDescriptor
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		behaviors, _ := proto.GetExtension(fd.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
		if slices.Contains([]protoreflect.Name{"id", "version", "reason"}, fd.Name()) ||
			slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY) || slices.Contains(behaviors, annotations.FieldBehavior_IMMUTABLE) {
			continue
		}
		out = append(out, fd)
	}
	return out
}

// others are writable fields that a method leaves to another one, with the reason.
var others = map[string]string{
	// nobody changes their own groups and state; the password has its own method
	"UserService.UpdateOwnUser": "password group_ids client_id status is_active",
	// the person's own, for a change of address
	"UserService.UpdateUser": "current_password",
}

// TestFillTakesAll: every writable field of a message is taken by its room's fill. A field that nobody takes is
// answered as unknown; what else an update that clears the field is answered does not matter here.
func TestFillTakesAll(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	w := newWorld(t, h)
	seen := 0
	for _, m := range contract.Methods() {
		mask := m.Input().Fields().ByName("update_mask")
		_, _, body := housetest.HTTPRoute(m)
		resource := m.Input().Fields().ByName(protoreflect.Name(body))
		if mask == nil || resource == nil || elsewhere[contract.Short(m)] != "" {
			continue
		}
		for _, fd := range writable(resource.Message()) {
			if slices.Contains(strings.Fields(others[contract.Short(m)]), string(fd.Name())) {
				continue
			}
			in := w.request(contract.Short(m))
			in.ProtoReflect().Mutable(resource).Message().Clear(fd)
			in.ProtoReflect().Set(mask, protoreflect.ValueOfMessage((&fieldmaskpb.FieldMask{Paths: []string{string(fd.Name())}}).ProtoReflect()))
			a := h.Admin.Call("connect", contract.Short(m), in)
			if text := a.Fields[string(fd.Name())]; strings.Contains(text, "unknown") || a.Code == "internal" {
				t.Errorf("%s: %s: %s %s", contract.Short(m), fd.Name(), a.Code, a.Text)
			}
			seen++
		}
	}
	if seen < 50 {
		t.Errorf("only %d fields were tried", seen)
	}
}

// TestWhatIsSentComesBack: what the sample of a create sets stands in the answer.
func TestWhatIsSentComesBack(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	w := newWorld(t, h)
	for _, m := range contract.Methods() {
		_, _, body := housetest.HTTPRoute(m)
		resource := m.Input().Fields().ByName(protoreflect.Name(body))
		if !strings.HasPrefix(string(m.Name()), "Create") || resource == nil || resource.Message() != m.Output() {
			continue
		}
		in := w.request(contract.Short(m))
		a := h.Admin.Call("connect", contract.Short(m), in)
		if a.Code != "ok" {
			t.Errorf("%s: %s %s", contract.Short(m), a.Code, a.Text)
			continue
		}
		sent, got := in.ProtoReflect().Get(resource).Message(), a.Message.ProtoReflect()
		for _, fd := range writable(resource.Message()) {
			if strings.Contains(string(fd.Name()), "password") || !sent.Has(fd) {
				continue
			}
			if !sent.Get(fd).Equal(got.Get(fd)) {
				t.Errorf("%s: %s was sent as %v and came back as %v", contract.Short(m), fd.Name(), sent.Get(fd), got.Get(fd))
			}
		}
	}
}
