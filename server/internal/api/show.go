package api

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// Fields that mean the same in every record.
const (
	// TruncatedFields names the texts that a list has cut.
	TruncatedFields = "truncated_fields"
	// MaskedFields names the fields that the caller may not see; its number is reserved in records that have none yet.
	MaskedFields = "masked_fields"
)

// mask is a field that not everybody sees who may read the record.
type mask struct {
	kind   string
	record protoreflect.FullName
	field  protoreflect.Name
	sees   func(*viewer.Viewer) bool
}

var (
	masks   atomic.Pointer[[]mask]
	masking sync.Mutex
)

// MaskField has a field of a kind (as the API names it) be shown to those only whom sees lets, in answers, lists, CSV,
// the feed, histories and the audit log. record is the kind's message, which must have the field.
func MaskField(kind string, record proto.Message, field string, sees func(*viewer.Viewer) bool) {
	d := record.ProtoReflect().Descriptor()
	if d.Fields().ByName(protoreflect.Name(field)) == nil {
		panic("api: " + string(d.FullName()) + " has no field " + field)
	}
	masking.Lock()
	defer masking.Unlock()
	var all []mask
	if before := masks.Load(); before != nil {
		all = append(all, *before...)
	}
	all = append(all, mask{kind, d.FullName(), protoreflect.Name(field), sees})
	masks.Store(&all)
}

// Sees tells whether somebody who may read a record of a kind sees one of its fields.
func Sees(v *viewer.Viewer, kind, field string) bool {
	if all := masks.Load(); all != nil {
		for _, m := range *all {
			if m.kind == kind && string(m.field) == field && !m.sees(v) {
				return false
			}
		}
	}
	return true
}

// Show takes out of an answer what the viewer may not see of the records in it, and names it where the record can. All
// answers of methods pass it; whoever shows records in another way calls it, or Sees.
func Show(ctx context.Context, answer proto.Message) {
	if all := masks.Load(); all != nil && answer != nil {
		show(viewer.From(ctx), *all, answer.ProtoReflect())
	}
}

func show(v *viewer.Viewer, all []mask, m protoreflect.Message) {
	d := m.Descriptor()
	for _, mask := range all {
		if mask.record != d.FullName() || mask.sees(v) {
			continue
		}
		m.Clear(d.Fields().ByName(mask.field))
		if named := d.Fields().ByName(MaskedFields); named != nil {
			m.Mutable(named).List().Append(protoreflect.ValueOfString(string(mask.field)))
		}
	}
	m.Range(func(fd protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case fd.Message() == nil || fd.IsMap() || !Ours(fd.Message()):
		case fd.IsList():
			for i := range value.List().Len() {
				show(v, all, value.List().Get(i).Message())
			}
		default:
			show(v, all, value.Message())
		}
		return true
	})
}

// Ours tells whether a message is one of this contract, rather than a document or a value of everybody's.
func Ours(d protoreflect.MessageDescriptor) bool {
	return strings.HasPrefix(string(d.FullName()), "holdfast.")
}
