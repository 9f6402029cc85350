package link

import (
	"slices"
	"testing"

	linksv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/links/v1"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
)

// The contract names the same types as the workshop, and each reads well in both directions.
func TestTypesAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	field := (&linksv1.Link{}).ProtoReflect().Descriptor().Fields().ByName("type")
	rules := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
	if got := Types(); !slices.Equal(got, rules.GetString().GetIn()) {
		t.Errorf("the workshop has %q, the contract %q", got, rules.GetString().GetIn())
	}
	for _, typ := range Types() {
		if Phrase(typ, false) == "" || Phrase(typ, true) == "" {
			t.Errorf("%s has no phrase", typ)
		}
	}
}
