package rules_test

import (
	"strings"
	"testing"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// blanks show nothing: a space, a tab and line end, U+00A0, U+3000, U+200B, U+FEFF, U+2060, U+3164, U+2800, U+180E and
// variation selectors.
var blanks = []string{" ", "\t\n", "\u00a0", "\u3000", "\u200b", "\ufeff", "\u2060", "\u3164", "\u2800\u180e", "\ufe0f\U000e0101"}

// required tells whether a text must be there, and whether the contract asks for something to be seen in it.
func required(f protoreflect.FieldDescriptor) (must, visible bool) {
	rules := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
	texts := rules.GetString()
	if f.IsList() {
		texts = rules.GetRepeated().GetItems().GetString()
	}
	for _, b := range proto.GetExtension(f.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior) {
		must = must || b == annotations.FieldBehavior_REQUIRED && !f.IsList()
	}
	must = must || texts.GetMinLen() > 0
	closed := len(texts.GetIn()) > 0 || texts.GetUuid() || texts.GetConst() != "" || texts.GetPattern() != "" || texts.GetEmail() || texts.GetUri()
	return must && !closed, proto.GetExtension(texts, typev1.E_Visible).(bool)
}

// textsIn gives the texts of a request that must be there, and reasons, by path.
func textsIn(m protoreflect.MessageDescriptor, under string, seen map[protoreflect.FullName]bool, each func(path string, f protoreflect.FieldDescriptor)) {
	if seen[m.FullName()] {
		return
	}
	seen[m.FullName()] = true
	defer delete(seen, m.FullName())
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		switch {
		case f.IsMap():
		case f.Kind() == protoreflect.StringKind:
			each(under+string(f.Name()), f)
		case f.Message() != nil && !f.IsList():
			textsIn(f.Message(), under+string(f.Name())+".", seen, each)
		}
	}
}

// reasoned are requests that want a reason.
var reasoned = map[string]string{
	"IncidentService.UpdateIncident": `{"incident": {"id": "{+incident}", "priority": 1}, "updateMask": "priority"}`,
	"FindingService.UpdateFinding":   `{"finding": {"id": "{+finding}", "remediationStatus": "accepted_risk", "acceptedUntil": "2100-01-01T00:00:00Z"}, "updateMask": "remediationStatus,acceptedUntil"}`,
}

// TestBlankTexts: no text that must be there is satisfied by characters that nobody sees, and a blank reason is none.
// Every such text of the contract has the rule "visible".
func TestBlankTexts(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w, tried := newWorld(t, h), 0
		for _, m := range contract.Methods() {
			name := contract.Short(m)
			if contract.Reads(m) {
				continue
			}
			textsIn(m.Input(), "", map[protoreflect.FullName]bool{}, func(path string, f protoreflect.FieldDescriptor) {
				must, visible := required(f)
				if must && !visible {
					t.Errorf("%s: %s must be there, but may be blank", name, path)
				}
				reason := f.Name() == "reason" && reasoned[name] != ""
				if !visible && !reason || samples[name] == "" || elsewhere[name] != "" || contract.Access(m).GetPublic() {
					return
				}
				for i, blank := range blanks {
					if reason && i > 0 && i < len(blanks)-1 {
						continue
					}
					in := w.request(name)
					if reason {
						in = w.requestOf(name, reasoned[name])
					}
					put := func(text string) *housetest.Answer {
						if f.IsList() {
							setList(in, path, text)
						} else {
							set(in, path, text)
						}
						if mask := in.ProtoReflect().Descriptor().Fields().ByName("update_mask"); mask != nil && !reason {
							addPath(in, mask, path)
						}
						if only := in.ProtoReflect().Descriptor().Fields().ByName("validate_only"); only != nil {
							in.ProtoReflect().Set(only, protoreflect.ValueOfBool(true))
						}
						return h.Admin.Call("connect", name, in)
					}
					tried++
					if !reason {
						if a := put(blank); a.Code != "invalid_argument" || !strings.Contains(a.Text, string(f.Name())) {
							t.Errorf("%s with %s %q: %s %s", name, path, blank, a.Code, a.Text)
						}
						continue
					}
					if a := put(blank); a.Code != "invalid_argument" || !strings.Contains(a.Text, "reason") {
						t.Errorf("%s with the reason %q: %s %s", name, blank, a.Code, a.Text)
					}
					if a := put("Agreed with the owner"); a.Code != "ok" {
						t.Errorf("%s with a reason: %s %s", name, a.Code, a.Text)
					}
				}
			})
		}
		if tried < 300 {
			t.Errorf("only %d blank texts were tried", tried)
		}
	})
}
