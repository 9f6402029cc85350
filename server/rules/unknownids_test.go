package rules_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// forgiving are fields of ids whose unknown values are passed over, with the reason.
var forgiving = map[string]string{
	"AssetService.DeleteAssetRelation relation_id":     "it is what is deleted, beside the asset",
	"CommentService.UpdateComment comment.record_id":   "a comment stays on its record",
	"FindingService.AddRetest retest.by_id":            "whoever may not lead reviews is refused, whether or not they exist",
	"FindingService.UpdateFinding finding.session_id":  "it never changes",
	"FindingService.UpdateFinding finding.template_id": "it never changes",
	"SessionService.UpdateSession session.asset_id":    "it never changes",
	"UserService.UpdateOwnUser user.client_id":         "nobody changes their own",
}

// idFields are the paths of the ids in a request that name other records than the one that it is about: client_id,
// asset_ids.
func idFields(d protoreflect.MessageDescriptor, prefix string, seen map[protoreflect.FullName]bool) map[string]protoreflect.FieldDescriptor {
	out := map[string]protoreflect.FieldDescriptor{}
	if seen[d.FullName()] {
		return out
	}
	seen[d.FullName()] = true
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		behaviors, _ := proto.GetExtension(f.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
		output := false
		for _, b := range behaviors {
			output = output || b == annotations.FieldBehavior_OUTPUT_ONLY
		}
		name := string(f.Name())
		switch {
		case output:
		case f.Kind() == protoreflect.StringKind && (strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids") || name == "mentions"):
			out[prefix+name] = f
		case f.Message() != nil && !f.IsList() && !f.IsMap() && strings.HasPrefix(string(f.Message().FullName()), "holdfast."):
			for path, inner := range idFields(f.Message(), prefix+name+".", seen) {
				out[path] = inner
			}
		}
	}
	return out
}

// TestUnknownIds sends, in each id of each writing request, one that nobody has: a single one is not found, one of a
// list is invalid; both are blamed on the field, and nothing is stored.
func TestUnknownIds(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := newWorld(t, h)
		for _, m := range contract.Methods() {
			name := contract.Short(m)
			if samples[name] == "" || elsewhere[name] != "" || contract.Reads(m) {
				continue
			}
			for path, f := range idFields(m.Input(), "", map[protoreflect.FullName]bool{}) {
				// bulk answers for each record by itself
				if forgiving[name+" "+path] != "" || strings.HasPrefix(path, "set.") {
					continue
				}
				w.t = t
				in := w.request(name)
				before := h.Lines()
				id := uuid.Must(uuid.NewV7()).String()
				if f.IsList() {
					setList(in, path, id)
				} else {
					set(in, path, id)
				}
				if mask := in.ProtoReflect().Descriptor().Fields().ByName("update_mask"); mask != nil {
					addPath(in, mask, path)
				}
				a := h.Admin.Call("connect", name, in)
				want := "not_found"
				if f.IsList() {
					want = "invalid_argument"
				}
				// the record that it hangs on
				named := strings.Contains(a.Text, string(f.Name())) || contract.Access(m).GetRecord() != nil
				if a.Code != want || !named {
					t.Errorf("%s with an unknown %s: %s %s, want %s that names the field", name, path, a.Code, a.Text, want)
				}
				if a.Code != "ok" && h.Lines() != before {
					t.Errorf("%s with an unknown %s was refused and left a line", name, path)
				}
			}
		}
	})
}

// setList puts one text into a list at a path.
func setList(in proto.Message, path, value string) {
	m := in.ProtoReflect()
	parts := strings.Split(path, ".")
	for _, p := range parts[:len(parts)-1] {
		m = m.Mutable(m.Descriptor().Fields().ByName(protoreflect.Name(p))).Message()
	}
	list := m.Mutable(m.Descriptor().Fields().ByName(protoreflect.Name(parts[len(parts)-1]))).List()
	list.Truncate(0)
	list.Append(protoreflect.ValueOfString(value))
}

// addPath adds the field to the mask, without the name of the message that it is in.
func addPath(in proto.Message, mask protoreflect.FieldDescriptor, path string) {
	_, inner, _ := strings.Cut(path, ".")
	m := in.ProtoReflect().Mutable(mask).Message()
	m.Mutable(m.Descriptor().Fields().ByName("paths")).List().Append(protoreflect.ValueOfString(inner))
}
