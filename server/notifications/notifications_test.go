package notifications_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type notification struct {
	ID, Cause, Detail string
	RecordKind        string `json:"record_kind"`
	Record            struct{ ID, Number, Label string }
	By                *struct{ Label string }
	ReadAt            *string `json:"read_at"`
}

// told are somebody's notifications, oldest first.
func told(t *testing.T, who *housetest.Caller, query string) (items []notification) {
	t.Helper()
	var l struct{ Items []notification }
	who.JSON("GET", "/api/v1/notifications?order_by=created_at&per_page=100"+query, nil, 200, &l)
	return l.Items
}

func texts(items []notification) string {
	var out []string
	for _, n := range items {
		out = append(out, strings.TrimSpace(n.Cause+" "+n.Record.Label+" "+n.Detail))
	}
	return strings.Join(out, ", ")
}

// settles waits until somebody has been told just that.
func settles(t *testing.T, who *housetest.Caller, want string) []notification {
	t.Helper()
	var items []notification
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if items = told(t, who, ""); texts(items) == want {
			return items
		}
	}
	t.Fatalf("%s is told %q, want %q", who.Name, texts(items), want)
	return nil
}

func incident(t *testing.T, who *housetest.Caller, title string, more map[string]any) string {
	t.Helper()
	body := map[string]any{"title": title}
	for k, v := range more {
		body[k] = v
	}
	var made struct{ ID string }
	who.JSON("POST", "/api/v1/incidents", body, 201, &made)
	return made.ID
}

func TestWhoIsTold(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		watch := func(who *housetest.Caller, kind, id string) {
			t.Helper()
			who.JSON("PUT", "/api/v1/watches", map[string]any{"record_kind": kind, "record_id": id}, 204, nil)
		}
		first := incident(t, h.Admin, "first", map[string]any{"assignee_id": h.Editor.Person})
		items := settles(t, h.Editor, "assigned first")
		if n := items[0]; n.By == nil || n.By.Label != "Ada Admin" || n.Record.ID != first || n.Record.Number != "INC-1" || n.RecordKind != "incident" || n.ReadAt != nil {
			t.Errorf("the notification is %+v", n)
		}
		var asset struct{ ID string }
		h.Admin.JSON("POST", "/api/v1/assets", map[string]any{"name": "gateway", "asset_type": "server", "lifecycle": "planned"}, 201, &asset)
		watch(h.Viewer, "asset", asset.ID)
		watch(h.Admin, "asset", asset.ID)
		h.Admin.JSON("PATCH", "/api/v1/assets/"+asset.ID, map[string]any{"lifecycle": "active"}, 200, nil)
		h.Admin.JSON("PATCH", "/api/v1/assets/"+asset.ID, map[string]any{"lifecycle": "decommissioned"}, 200, nil)
		h.Admin.JSON("PATCH", "/api/v1/assets/"+asset.ID, map[string]any{"description": "no state"}, 200, nil)
		settles(t, h.Viewer, "watched gateway planned → decommissioned")
		h.Admin.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "asset", "record_id": asset.ID, "body": "@viewer @member @admin"}, 201, nil)
		settles(t, h.Viewer, "mentioned gateway") // weightier, and within the minute
		incident(t, h.Editor, "mine", map[string]any{"assignee_id": h.Editor.Person})
		incident(t, h.Admin, "last", map[string]any{"assignee_id": h.Editor.Person})
		settles(t, h.Editor, "assigned first, assigned last") // not of their own act
		settles(t, h.Admin, "")
		settles(t, h.Member, "") // may not read assets
		settles(t, h.Stranger, "")

		h.Clock.Advance(2 * time.Minute)
		h.Admin.JSON("PATCH", "/api/v1/assets/"+asset.ID, map[string]any{"lifecycle": "active", "reason": "back"}, 200, nil)
		settles(t, h.Viewer, "mentioned gateway, watched gateway decommissioned → active")
	})
}

// The clocks of service levels note events; whoever works on the ticket is told, and whoever watches it.
func TestServiceLevels(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		id := incident(t, h.Editor, "late", map[string]any{"assignee_id": h.Editor.Person})
		h.Viewer.JSON("PUT", "/api/v1/watches", map[string]any{"record_kind": "incident", "record_id": id}, 204, nil)
		for _, action := range []string{"incident.sla_warning", "incident.sla_breached", "incident.sla_breached"} {
			err := h.DB.Tx(viewer.In(h.DB.In(t.Context()), h.Tenant, viewer.Guard), func(ctx context.Context) error {
				return db.Note(ctx, db.Event{Action: action, Kind: "incident", RecordID: uuid.MustParse(id), Label: "late", Number: 1})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		settles(t, h.Editor, "sla_warning late, sla_breach late")
		settles(t, h.Viewer, "sla_warning late, sla_breach late")
		settles(t, h.Admin, "")
	})
}

// Internal comments tell no member with a client, and no client's member of what is not their client's.
func TestClientsAreToldOfTheirOwn(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for name, client := range map[string]any{"theirs": h.ClientID, "other": nil} {
			var asset struct{ ID string }
			h.Admin.JSON("POST", "/api/v1/assets", map[string]any{"name": name, "asset_type": "server", "client_id": client}, 201, &asset)
			for _, internal := range []bool{true, false} {
				if internal || name == "theirs" {
					h.Admin.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "asset", "record_id": asset.ID, "body": "@client @viewer", "internal": internal}, 201, nil)
				}
			}
		}
		for end := time.Now().Add(10 * time.Second); len(told(t, h.Viewer, "")) < 2; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("the viewer is told %q", texts(told(t, h.Viewer, "")))
			}
		}
		settles(t, h.Client, "mentioned theirs")
	})
}

// However many are unread, all of them are marked as read at once.
func TestReadingVeryMany(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		const many = 2500 // some batches
		numbers := `SELECT gen_random_uuid() AS id, i FROM generate_series(1, $4) i`
		if h.DB.Kind != "postgres" {
			numbers = `SELECT printf('%08x-0000-7000-8000-000000000000', i) AS id, i FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $4) SELECT i FROM n)`
		}
		_, err := h.DB.Writer().ExecContext(t.Context(), `INSERT INTO notifications (id, tenant_id, created_at, updated_at, version, user_id, event_seq, cause, record_kind, record_id, in_app, by_mail)
			SELECT x.id, $1, $2, $2, 1, $3, x.i, 'watched', 'asset', $1, true, false FROM (`+numbers+`) AS x`, h.Tenant, h.Clock.Now().UTC(), h.Editor.Person, many)
		if err != nil {
			t.Fatal(err)
		}
		h.Editor.JSON("POST", "/api/v1/notifications/read", map[string]any{"all": true}, 204, nil)
		var b struct{ Unread int }
		h.Editor.JSON("GET", "/api/v1/notifications/badge", nil, 200, &b)
		if b.Unread != 0 {
			t.Errorf("%d are unread", b.Unread)
		}
	})
}

func TestReading(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for i := range 3 {
			incident(t, h.Admin, fmt.Sprint(i), map[string]any{"assignee_id": h.Editor.Person})
		}
		items := settles(t, h.Editor, "assigned 0, assigned 1, assigned 2")
		badge := func(who *housetest.Caller) int {
			t.Helper()
			var b struct{ Unread int }
			who.JSON("GET", "/api/v1/notifications/badge", nil, 200, &b)
			return b.Unread
		}
		if n := badge(h.Editor); n != 3 {
			t.Errorf("the badge shows %d", n)
		}
		read := func(who *housetest.Caller, want int, body map[string]any) {
			t.Helper()
			who.JSON("POST", "/api/v1/notifications/read", body, want, nil)
		}
		read(h.Viewer, 204, map[string]any{"ids": []string{items[0].ID}}) // not their: passed over
		read(h.Stranger, 204, map[string]any{"ids": []string{items[0].ID}})
		if n := badge(h.Editor); n != 3 {
			t.Errorf("somebody else has read them: %d", n)
		}
		read(h.Editor, 204, map[string]any{"ids": []string{items[0].ID}})
		if n, rest := badge(h.Editor), told(t, h.Editor, "&unread=true"); n != 2 || len(rest) != 2 || rest[0].Record.Label != "1" {
			t.Errorf("the badge shows %d, the list %q", n, texts(rest))
		}
		if done := told(t, h.Editor, "&unread=false"); len(done) != 1 || done[0].ReadAt == nil {
			t.Errorf("read are %+v", done)
		}
		if some := told(t, h.Editor, "&cause=mentioned"); len(some) != 0 {
			t.Errorf("mentioned in %q", texts(some))
		}
		read(h.Editor, 400, map[string]any{})
		read(h.Editor, 400, map[string]any{"ids": []string{"x"}})
		read(h.Editor, 400, map[string]any{"all": true, "ids": []string{items[1].ID}})
		read(h.Editor, 204, map[string]any{"all": true})
		if n := badge(h.Editor); n != 0 {
			t.Errorf("the badge shows %d", n)
		}
		h.Nobody.JSON("GET", "/api/v1/notifications", nil, 401, nil)
		h.Nobody.JSON("GET", "/api/v1/notifications/badge", nil, 401, nil)
	})
}
