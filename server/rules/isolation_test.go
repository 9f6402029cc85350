package rules_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// TestIsolation: two tenants have records with the same names and numbers. Whatever the one asks for, with any id of
// the other in any field of any method, nothing of the other's is shown and nothing of it changes. The requests are the
// samples with fields replaced at random; a seed that failed is printed.
func TestIsolation(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := newWorld(t, h)
		unique := ids(t, w)
		theirs := append([]string{"AST-1", "INC-1", "FND-1"}, unique...) // numbers are the same in both tenants
		mark := "Zebra"                                                  // stands in texts of the home tenant only
		w.do("SiteService.CreateSite", message(t, "SiteService.CreateSite", `{"site": {"name": "`+mark+` plant", "description": "`+mark+`"}}`), "id")
		w.do("AssetService.CreateAsset", message(t, "AssetService.CreateAsset", `{"asset": {"name": "`+mark+` pump", "assetType": "server"}}`), "id")
		h.Stranger.Call("connect", "AssetService.CreateAsset", message(t, "AssetService.CreateAsset", `{"asset": {"name": "Own pump", "assetType": "server"}}`))
		h.Stranger.Credential()
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 1))
		t.Logf("seed %d", seed)
		before := snapshot(t, h)
		for _, m := range contract.Methods() {
			name := contract.Short(m)
			if elsewhere[name] != "" || contract.Access(m).GetPublic() || contract.Access(m).GetSessionOnly() && strings.HasPrefix(string(m.Name()), "Revoke") {
				continue
			}
			base := w.request(name)
			if strings.Contains(samples[name], "{+") {
				before = snapshot(t, h) // the sample has made something
			}
			for range 6 {
				in := proto.Clone(base)
				scramble(random, in.ProtoReflect(), theirs, mark)
				protocol := housetest.Protocols[random.IntN(len(housetest.Protocols))]
				a := h.Stranger.Call(protocol, name, in)
				if a.Code == "internal" || a.Code == "unknown" {
					t.Errorf("%s: %s %s: %s", name, a.Code, a.Text, protojson.Format(in))
				}
				if a.Message != nil {
					shown := protojson.Format(a.Message)
					for _, id := range unique {
						if strings.Contains(shown, id) && !strings.Contains(protojson.Format(in), id) {
							t.Errorf("%s shows %s: %s", name, id, shown)
						}
					}
					if strings.Contains(shown, mark) && !strings.Contains(protojson.Format(in), mark) {
						t.Errorf("%s shows a text of the home tenant: %s", name, shown)
					}
				}
			}
			if diff := before.differs(snapshot(t, h)); diff != "" {
				t.Errorf("%s: the stranger has changed %s", name, diff)
				before = snapshot(t, h)
			}
		}
	})
}

// ids are one of each kind of record of the home tenant, and its people.
func ids(t *testing.T, w *world) []string {
	t.Helper()
	out := []string{w.h.Tenant.String(), w.h.Admin.Person.String(), w.h.Viewer.Person.String(), w.h.ClientID.String()}
	for _, kind := range []string{"asset", "attachment", "client", "comment", "finding", "group", "incident", "invite", "link", "relation", "revision", "session", "site",
		"template", "token", "user", "view"} {
		out = append(out, w.value(kind))
	}
	return out
}

// scramble puts ids of the home tenant, and a text of its, into fields at random.
func scramble(random *rand.Rand, m protoreflect.Message, theirs []string, mark string) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		switch {
		case fd.Message() != nil && !fd.IsList() && !fd.IsMap():
			if m.Has(fd) && !strings.HasPrefix(string(fd.Message().FullName()), "google.") {
				scramble(random, m.Mutable(fd).Message(), theirs, mark)
			}
		case fd.Kind() != protoreflect.StringKind || random.IntN(3) != 0:
		case fd.Name() == "references": // a text of one's own, which comes back
		case fd.IsList():
			m.Mutable(fd).List().Append(protoreflect.ValueOfString(theirs[random.IntN(len(theirs))]))
		case strings.HasSuffix(string(fd.Name()), "id"):
			m.Set(fd, protoreflect.ValueOfString(theirs[random.IntN(len(theirs))]))
		case fd.Name() == "q":
			m.Set(fd, protoreflect.ValueOfString(mark))
		}
	}
}
