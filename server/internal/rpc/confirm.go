package rpc

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// confirmed refuses whoever has not proven lately to be the owner of the session. API tokens never pass.
func confirmed(v *viewer.Viewer, now time.Time) error {
	if v == nil || v.TokenID != uuid.Nil || v.SessionID == uuid.Nil {
		return fault.Denied("session_only", "an API token will not do here: sign in yourself")
	}
	if !v.Confirmed(now) {
		return fault.ConfirmFirst()
	}
	return nil
}

// confirmable makes sure that the resource has the fields that the access names.
func (p *plan) confirmable() error {
	for _, n := range p.access.GetConfirmedFields() {
		if p.body == nil || p.body.Message().Fields().ByName(protoreflect.Name(n)) == nil {
			return fmt.Errorf("rpc: %s names %s among its confirmed fields, which its resource does not have", p.procedure, n)
		}
	}
	return nil
}

// changes tells whether a request changes one of the fields that need a fresh proof: those that the mask names, without
// one those set.
func (p *plan) changes(m protoreflect.Message) bool {
	names := p.access.GetConfirmedFields()
	if len(names) == 0 {
		return false
	}
	if fd := m.Descriptor().Fields().ByName("update_mask"); fd != nil && m.Has(fd) {
		mask, _ := m.Get(fd).Message().Interface().(*fieldmaskpb.FieldMask)
		return slices.ContainsFunc(mask.GetPaths(), func(path string) bool {
			head, _, _ := strings.Cut(path, ".")
			return head == "*" || slices.Contains(names, head)
		})
	}
	given, fields := m.Get(p.body).Message(), p.body.Message().Fields()
	return slices.ContainsFunc(names, func(n string) bool { return given.Has(fields.ByName(protoreflect.Name(n))) })
}
