package journal

import (
	"testing"

	"google.golang.org/protobuf/proto"

	auditv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/audit/v1"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Whatever comes as a cursor is a place of this list or a fault that names it.
func FuzzCursor(f *testing.F) {
	w, err := windowOf(&auditv1.ListAuditEventsRequest{Cursor: proto.String(""), Kind: []string{"asset"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(w.next(7, "name"))
	f.Add("")
	f.Add("e30")
	f.Add("bnVsbA")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := windowOf(&auditv1.ListAuditEventsRequest{Cursor: &text, Kind: []string{"asset"}})
		switch {
		case err != nil:
			if e := fault.Of(err); e == nil || e.Fields["cursor"] == "" {
				t.Errorf("%q: %v", text, err)
			}
		case text != "" && (w.after == nil || string(w.after.Bound) != string(w.bound)):
			t.Errorf("%q is taken for a place", text)
		}
	})
}
