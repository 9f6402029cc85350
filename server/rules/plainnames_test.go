package rules_test

import (
	"regexp"
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// nameField matches what people call things: one line that others read and trust.
var nameField = regexp.MustCompile(`(^|_)(name|title|label)$`)

// TestPlainNames: names and titles have no control characters, and none that turn the direction of reading, in every
// request that writes one.
func TestPlainNames(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w, tried := newWorld(t, h), 0
		for _, m := range contract.Methods() {
			name := contract.Short(m)
			if contract.Reads(m) {
				continue
			}
			textsIn(m.Input(), "", map[protoreflect.FullName]bool{}, func(path string, f protoreflect.FieldDescriptor) {
				texts := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules).GetString()
				if !nameField.MatchString(string(f.Name())) || texts.GetMaxLen() == 0 || texts.GetMaxLen() > 500 {
					return
				}
				if !proto.GetExtension(texts, typev1.E_Plain).(bool) {
					t.Errorf("%s: %s may have characters that mislead", name, path)
				}
				if samples[name] == "" || elsewhere[name] != "" || contract.Access(m).GetPublic() {
					return
				}
				for _, odd := range []string{"a\nb", "a\x07b", "invoice\u202efdp", "\u2066a\u2069", "a\u200eb", "a\u061cb", "a\u0085b"} {
					in := w.request(name)
					set(in, path, odd)
					if mask := in.ProtoReflect().Descriptor().Fields().ByName("update_mask"); mask != nil {
						addPath(in, mask, path)
					}
					tried++
					if a := h.Admin.Call("connect", name, in); a.Code != "invalid_argument" || !strings.Contains(a.Text, string(f.Name())) {
						t.Errorf("%s with %s %q: %s %s", name, path, odd, a.Code, a.Text)
					}
				}
			})
		}
		if tried < 100 {
			t.Errorf("only %d names were tried", tried)
		}
	})
}
