package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// ownKinds belong to the person who has them: whoever is bound to a client changes their own.
var ownKinds = []string{"api_token", "login_session", "notification", "preference", "user", "view", "watch"}

// TestBoundWrites: a member who is bound to a client changes nothing outside of it, whatever their groups say: here
// they are an Administrator too. Every method that writes is called with the ids of others' records, and with those of
// their own client's.
func TestBoundWrites(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		promote(t, h)
		w := newWorld(t, h)
		make := func(method, text string) string { return w.do(method, message(t, method, text), "id") }
		asset := make("AssetService.CreateAsset", `{"asset": {"name": "Their portal", "assetType": "api", "clientId": "`+h.ClientID.String()+`"}}`)
		session := make("SessionService.CreateSession", `{"session": {"assetId": "`+asset+`", "name": "Their review", "reviewDate": "2026-11-22", "reviewerId": "`+h.Editor.Person.String()+`"}}`)
		finding := make("FindingService.CreateFinding", `{"finding": {"sessionId": "`+session+`", "title": "Their hole", "description": "x", "riskLevel": "high"}}`)
		comment := make("CommentService.CreateComment", `{"comment": {"recordKind": "finding", "recordId": "`+finding+`", "body": "Theirs"}}`)
		other := w.value("client")
		theirs := strings.NewReplacer(w.value("asset"), asset, w.value("session"), session, w.value("finding"), finding, w.value("comment"), comment,
			other, h.ClientID.String(), w.value("user"), h.Client.Person.String())

		head, err := h.DB.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		// changed fails for each line that the member has caused outside of their client.
		changed := func(what string) (lines int) {
			t.Helper()
			found, err := h.DB.Tail(t.Context(), head, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range found {
				head = l.Seq
				if l.PersonID == nil || *l.PersonID != h.Client.Person {
					continue
				}
				lines++
				switch {
				case l.ClientID != nil && *l.ClientID == h.ClientID:
				case l.Kind == "user" && l.RecordID == h.Client.Person, l.Kind != "user" && slices.Contains(ownKinds, l.Kind):
				case strings.HasPrefix(l.Action, "login."):
				default:
					t.Errorf("%s: %s of %s %s, of the client %v", what, l.Action, l.Kind, l.RecordID, l.ClientID)
				}
			}
			return lines
		}
		wrote := 0
		for _, m := range contract.Methods() {
			name := contract.Short(m)
			// Signing out and switching end what the test goes on with.
			if contract.Access(m).GetPublic() || contract.Reads(m) || m.IsStreamingServer() || elsewhere[name] != "" || contract.Access(m).GetPlatformAdmin() {
				continue
			}
			in := w.request(name)
			changed(name + " made")
			text := protojson.MarshalOptions{}.Format(in)
			for _, asked := range []string{text, theirs.Replace(text)} {
				a := h.Client.Call("connect", name, message(t, name, asked))
				if a.Code == "internal" || a.Code == "unknown" {
					t.Errorf("%s: %s %s", name, a.Code, a.Text)
				}
				wrote += changed(name + " " + asked)
			}
			h.Client.Renew()
		}
		if wrote < 10 {
			t.Errorf("only %d changes were theirs: the test asks for too little", wrote)
		}
		// Nothing leaves the client, by itself or with the record that it hangs on.
		for _, body := range []map[string]any{{"client_id": nil}, {"client_id": other}, {"client_id": uuid.Nil.String()}} {
			if status, _, answer := h.Client.REST("PATCH", "/api/v1/assets/"+asset, body); status < 400 {
				t.Errorf("moved out of the client by %v: %d %s", body, status, answer)
			}
			changed("a move")
		}
		for _, csv := range []string{"name,asset_type\nTheir portal,server\nNew one,server\n", "name,asset_type,client\nNew two,server," + other + "\n"} {
			h.Client.REST("POST", "/api/v1/assets/import?match_on=name&dry_run=false", []byte(csv), "Content-Type", "text/csv")
			changed("an import")
		}
	})
}

// TestRecordsChangeTheirClient: the people of the new client see that a record became theirs, and nothing of what was
// before; those of the old one keep what they saw.
func TestRecordsChangeTheirClient(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := newWorld(t, h)
		asset := w.do("AssetService.CreateAsset", message(t, "AssetService.CreateAsset", `{"asset": {"name": "Secret plan of Zebra", "assetType": "api", "clientId": "`+w.value("client")+`"}}`), "id")
		w.do("CommentService.CreateComment", message(t, "CommentService.CreateComment", `{"comment": {"recordKind": "asset", "recordId": "`+asset+`", "body": "Said to Zebra"}}`), "id")
		h.Admin.JSON("PATCH", "/api/v1/assets/"+asset, map[string]any{"name": "Plan", "client_id": h.ClientID.String()}, 200, nil)
		var mine, all struct {
			Items []struct{ Action, Field, Old, New string }
		}
		_, _, body := h.Client.REST("GET", "/api/v1/assets/"+asset+"/history", nil)
		if strings.Contains(string(body), "Zebra") || strings.Contains(string(body), w.value("client")) {
			t.Errorf("the new client's people see what was before: %s", body)
		}
		h.Client.JSON("GET", "/api/v1/assets/"+asset+"/history", nil, 200, &mine)
		h.Admin.JSON("GET", "/api/v1/assets/"+asset+"/history", nil, 200, &all)
		if len(mine.Items) == 0 || len(all.Items) <= len(mine.Items) {
			t.Errorf("%d lines for the new client's people, %d for all", len(mine.Items), len(all.Items))
		}
	})
}
