// Package api has what the rooms share between message and record: masks, ids, times, lists and references.
//
// A room declares each of its lists once, as data, and hands the table to List:
//
//	var listTable = api.Declare(api.Table{
//		Kind: "Site", Request: (*sitesv1.ListSitesRequest)(nil), Item: (*sitesv1.Site)(nil),
//		Filters: api.Filters(
//			api.Columns("status"),                                                          // columns of the filter's name
//			api.Filter{Name: "opened_from", Match: api.Since, Column: "created_at"},        // another comparison
//			api.Filter{Name: "asset_id", Match: api.Linked, Link: link.Affects, To: "asset"}, // by links
//			api.Either("crowded", crowded),                                                 // a condition by name
//		),
//		Sorts: api.Sorts{"": "name", "name": "name_fold", "status": "status"},
//	})
//
// The words and bounds that a filter takes stand in the contract, at the request's field of the same name (numbers from
// 10 on). Declare refuses a table and a request that do not agree. Saved views, bulk changes and CSV go by the same
// table.
package api

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Mask says which fields of a message the caller means, and remembers which of them the room took.
type Mask struct {
	paths  []string // nil: everything that is set, as on create
	all    bool
	taken  map[string]bool
	faults map[string]string
}

// MaskOf is the request's update_mask. A create, and an RPC update without a mask, mean every field that is set. Fields
// that only the server sets are dropped from it, so that a record that was read can be sent back; so are id, version
// and reason.
func MaskOf(in proto.Message) *Mask {
	k := &Mask{all: true, taken: map[string]bool{}}
	m := in.ProtoReflect()
	fd := m.Descriptor().Fields().ByName("update_mask")
	if fd == nil || !m.Has(fd) {
		return k
	}
	k.all = false
	resource := resourceOf(m.Descriptor())
	for _, p := range m.Get(fd).Message().Interface().(*fieldmaskpb.FieldMask).GetPaths() {
		if !serverSet(resource, p) {
			k.paths = append(k.paths, p)
		}
	}
	return k
}

// resourceOf is the message that an update request carries: its first field of a message type.
func resourceOf(d protoreflect.MessageDescriptor) protoreflect.MessageDescriptor {
	for i := range d.Fields().Len() {
		if f := d.Fields().Get(i); f.Message() != nil && f.Name() != "update_mask" {
			return f.Message()
		}
	}
	return nil
}

func serverSet(d protoreflect.MessageDescriptor, path string) bool {
	head, _, _ := strings.Cut(path, ".")
	if head == "id" || head == "version" || head == "reason" {
		return true
	}
	if d == nil {
		return false
	}
	f := d.Fields().ByName(protoreflect.Name(head))
	if f == nil {
		return false
	}
	behaviors, _ := proto.GetExtension(f.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY)
}

// All is true where every field that is set is meant: a create, or an update without a mask.
func (k *Mask) All() bool { return k.all }

// Has tells whether the mask names the path, something above it or something below it; it counts as taken. Where all
// fields that are set are meant, it is true.
func (k *Mask) Has(path string) bool {
	k.taken[path] = true
	if k.all {
		return true
	}
	return slices.ContainsFunc(k.paths, func(p string) bool {
		return p == path || strings.HasPrefix(path, p+".") || strings.HasPrefix(p, path+".")
	})
}

// Names tells whether the mask names the path itself or something above it: then an absent value clears it.
func (k *Mask) Names(path string) bool {
	k.taken[path] = true
	return !k.all && slices.ContainsFunc(k.paths, func(p string) bool { return p == path || strings.HasPrefix(path, p+".") })
}

// Fault notes what is wrong with a field.
func (k *Mask) Fault(field, message string) {
	if k.faults == nil {
		k.faults = map[string]string{}
	}
	k.faults[field] = message
}

// Err names the fields that are wrong, and the paths that nobody took: unknown, or not writable.
func (k *Mask) Err() error {
	for _, p := range k.paths {
		if !slices.ContainsFunc(append(keys(k.taken), "*"), func(t string) bool {
			return t == p || p == "*" || strings.HasPrefix(p, t+".") || strings.HasPrefix(t, p+".")
		}) {
			k.Fault(p, "unknown, or cannot be changed")
		}
	}
	if len(k.faults) > 0 {
		return fault.InvalidFields(k.faults)
	}
	return nil
}

func keys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	return out
}

// Set takes a field that always has a value. An empty text can't be set; on create it leaves the default.
func Set[T comparable](k *Mask, name string, value T, set func(T)) {
	var zero T
	switch {
	case k.all && value == zero:
		k.taken[name] = true
	case !k.Has(name):
	default:
		if text, ok := any(value).(string); ok && text == "" {
			k.Fault(name, "must not be empty")
			return
		}
		set(value)
	}
}

// Opt takes an optional field: absent or an empty text clears it.
func Opt[T comparable](k *Mask, name string, value *T, set func(T), clear func()) {
	var zero T
	_, text := any(zero).(string)
	absent := value == nil || text && *value == zero
	switch {
	case k.all && absent:
		k.taken[name] = true
	case !k.Has(name):
	case absent:
		clear()
	default:
		set(*value)
	}
}

// UUID takes an optional reference.
func UUID(k *Mask, name string, value *string, set func(uuid.UUID), clear func()) {
	Opt(k, name, value, func(text string) {
		id, err := uuid.Parse(text)
		if err != nil {
			k.Fault(name, "must be a UUID")
			return
		}
		set(id)
	}, clear)
}

// Required takes a reference that must be there.
func Required(k *Mask, name, value string, set func(uuid.UUID)) {
	if value == "" && k.all {
		k.taken[name] = true
		k.Fault(name, "must not be empty")
		return
	}
	Set(k, name, value, func(text string) {
		id, err := uuid.Parse(text)
		if err != nil {
			k.Fault(name, "must be a UUID")
			return
		}
		set(id)
	})
}

// UUIDs takes a list of references.
func UUIDs(k *Mask, name string, values []string, set func([]uuid.UUID)) {
	if k.all && len(values) == 0 || !k.Has(name) {
		k.taken[name] = true
		return
	}
	ids := make([]uuid.UUID, len(values))
	for i, v := range values {
		id, err := uuid.Parse(v)
		if err != nil {
			k.Fault(name, "must be UUIDs")
			return
		}
		ids[i] = id
	}
	set(ids)
}

// Time takes an optional time, cut to microseconds.
func Time(k *Mask, name string, value *timestamppb.Timestamp, set func(time.Time), clear func()) {
	switch {
	case k.all && value == nil:
		k.taken[name] = true
	case !k.Has(name):
	case value == nil:
		clear()
	case !value.IsValid():
		k.Fault(name, "must be a time")
	default:
		set(value.AsTime().UTC().Truncate(time.Microsecond))
	}
}

// Strings takes a list of texts; it is replaced as a whole.
func Strings(k *Mask, name string, values []string, set func([]string), clear func()) {
	switch {
	case k.all && len(values) == 0:
		k.taken[name] = true
	case !k.Has(name):
	case len(values) == 0:
		clear()
	default:
		set(values)
	}
}

// JSON takes a message that is kept as a JSON document; it is replaced as a whole.
func JSON[M proto.Message](k *Mask, name string, value M, set func(json.RawMessage), clear func()) {
	absent := !value.ProtoReflect().IsValid()
	switch {
	case k.all && absent:
		k.taken[name] = true
	case !k.Has(name):
	case absent:
		clear()
	default:
		raw, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(value)
		if err != nil {
			k.Fault(name, "is not valid")
			return
		}
		set(raw)
	}
}

// FromJSON reads a document back; nil for none.
func FromJSON[M proto.Message](raw json.RawMessage, into M) M {
	var none M
	if len(raw) == 0 || string(raw) == "null" {
		return none
	}
	if err := (protojson.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(raw, into); err != nil {
		return none
	}
	return into
}

// At is a time in a message.
func At(t time.Time) *timestamppb.Timestamp { return timestamppb.New(t.UTC()) }

// AtOpt is an optional time in a message.
func AtOpt(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(t.UTC())
}

// IDOpt is an optional reference in a message.
func IDOpt(id *uuid.UUID) *string {
	if id == nil {
		return nil
	}
	s := id.String()
	return &s
}

// IDs are references in a message.
func IDs(ids []uuid.UUID) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id.String()
	}
	return out
}
