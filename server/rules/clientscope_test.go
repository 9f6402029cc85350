package rules_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// TestClientScope: a member who is bound to a client sees that client's records and nothing else, whatever their
// groups: here they are an Administrator too. Every method that reads is called, with ids of records that are not
// their.
func TestClientScope(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		promote(t, h)
		w := newWorld(t, h)
		unique := ids(t, w)
		// records only: tenant and people are known to all who work there, and the client is their own
		unique = unique[4:]
		// all members' own
		unique = slices.DeleteFunc(unique, func(id string) bool { return id == w.value("revision") || id == w.value("template") })
		const mark, own = "Zebra", "Acme"
		make := func(method, text string) string { return w.do(method, message(t, method, text), "id") }
		// Their client's asset, reviewed, with a finding; beside it the same of another client, and what belongs to
		// none.
		records := map[string]string{}
		for name, client := range map[string]string{own: h.ClientID.String(), mark: w.do("ClientService.CreateClient", message(t, "ClientService.CreateClient", `{"client": {"name": "`+mark+` Ltd"}}`), "id")} {
			asset := make("AssetService.CreateAsset", `{"asset": {"name": "`+name+` portal", "assetType": "api", "clientId": "`+client+`"}}`)
			session := make("SessionService.CreateSession", `{"session": {"assetId": "`+asset+`", "name": "`+name+` review", "reviewDate": "2026-11-22", "reviewerId": "`+h.Editor.Person.String()+`"}}`)
			records[name] = make("FindingService.CreateFinding", `{"finding": {"sessionId": "`+session+`", "title": "`+name+` hole", "description": "`+name+`", "riskLevel": "high"}}`)
			unique = append(unique, client, asset, session, records[name])
			if name == own {
				unique = unique[:len(unique)-4]
				make("LinkService.CreateLink", `{"link": {"fromKind": "finding", "fromId": "`+records[own]+`", "toKind": "asset", "toId": "`+w.value("asset")+`", "type": "relates_to"}}`)
			}
		}
		make("CommentService.CreateComment", `{"comment": {"recordKind": "finding", "recordId": "`+records[own]+`", "body": "`+mark+` among us", "internal": true}}`)
		make("CommentService.CreateComment", `{"comment": {"recordKind": "finding", "recordId": "`+records[own]+`", "body": "`+own+` may know"}}`)
		make("SiteService.CreateSite", `{"site": {"name": "`+mark+` plant"}}`)
		make("IncidentService.CreateIncident", `{"incident": {"title": "`+mark+` is down"}}`)
		make("ViewService.CreateView", `{"view": {"word": "assets", "name": "`+mark+` view", "shared": true}}`)

		check := func(what, asked, shown string) {
			t.Helper()
			if strings.Contains(shown, mark) {
				t.Errorf("%s shows what is not his: %s", what, shown)
			}
			for _, id := range unique {
				if strings.Contains(shown, id) && !strings.Contains(asked, id) {
					t.Errorf("%s shows the record %s: %s", what, id, shown)
				}
			}
		}
		seen := map[string]bool{}
		for _, m := range contract.Methods() {
			name := contract.Short(m)
			if elsewhere[name] != "" || contract.Access(m).GetPublic() || !contract.Reads(m) {
				continue
			}
			in := w.request(name)
			a := h.Client.Call("connect", name, in)
			if a.Code == "internal" || a.Code == "unknown" {
				t.Errorf("%s: %s %s", name, a.Code, a.Text)
			}
			if a.Message != nil {
				shown := protojson.Format(a.Message)
				check(name, protojson.Format(in), shown)
				seen[name] = strings.Contains(shown, own)
			}
		}
		for _, name := range []string{"ClientService.ListClients", "AssetService.ListAssets", "SessionService.ListSessions", "FindingService.ListFindings"} {
			if !seen[name] {
				t.Errorf("%s does not show what is his", name)
			}
		}
		for _, path := range []string{
			"/api/v1/search?q=" + mark, "/api/v1/assets/export", "/api/v1/audit?per_page=100", "/api/v1/findings/" + records[own] + "/history",
			"/api/v1/comments?record_kind=finding&record_id=" + records[own], "/api/v1/links?record_kind=finding&record_id=" + records[own],
		} {
			_, _, body := h.Client.REST("GET", path, nil)
			check(path, path, strings.ReplaceAll(string(body), `"q":"`+mark, ""))
		}
		for _, list := range []string{"clients", "assets", "sessions", "findings", "sites", "incidents", "views"} {
			_, _, body := h.Client.REST("GET", "/api/v1/"+list+"?total=exact", nil, "Accept", "text/csv")
			check(list+" as a table", "", string(body))
		}
		var found struct{ Items []struct{ Body string } }
		h.Client.JSON("GET", "/api/v1/comments?record_kind=finding&record_id="+records[own], nil, http.StatusOK, &found)
		if len(found.Items) != 1 || found.Items[0].Body != own+" may know" {
			t.Errorf("comments for him: %v", found.Items)
		}
		h.Client.JSON("GET", "/api/v1/findings/"+records[mark], nil, http.StatusNotFound, nil)
	})
}

// promote makes the client user an Administrator as well.
func promote(t *testing.T, h *housetest.House) {
	t.Helper()
	err := h.DB.Tx(viewer.In(t.Context(), h.Tenant, viewer.Guard), func(ctx context.Context) error {
		member, err := db.From(ctx).Membership.Query().Where(membership.UserID(h.Client.Person)).OnlyID(ctx)
		if err != nil {
			return err
		}
		var admins uuid.UUID
		if admins, err = db.From(ctx).Group.Query().Where(group.Name("Administrators")).OnlyID(ctx); err != nil {
			return err
		}
		return db.From(ctx).MembershipGroup.Create().SetMembershipID(member).SetGroupID(admins).Exec(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
}
