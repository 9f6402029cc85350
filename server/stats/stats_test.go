package stats_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type tile struct {
	Key, Filter string
	Value       int
}

func overview(t *testing.T, who *housetest.Caller) map[string]tile {
	t.Helper()
	var got struct{ Tiles []tile }
	who.JSON("GET", "/api/v1/stats", nil, http.StatusOK, &got)
	tiles := map[string]tile{}
	for _, x := range got.Tiles {
		if _, twice := tiles[x.Key]; twice {
			t.Errorf("%s is there twice", x.Key)
		}
		tiles[x.Key] = x
	}
	return tiles
}

// fill makes records of every kind, in the past and due in the future, in both tenants.
func fill(t *testing.T, h *housetest.House) {
	t.Helper()
	now := h.Clock.Now().UTC()
	work := func(tenant uuid.UUID, person uuid.UUID, client *uuid.UUID) func(context.Context) error {
		return func(ctx context.Context) error {
			c := db.From(ctx)
			if err := c.Site.Create().SetName("Plant").Exec(ctx); err != nil {
				return err
			}
			a, err := c.Asset.Create().SetName("Shop").SetAssetType("web_application").SetNillableClientID(client).Save(ctx)
			if err != nil {
				return err
			}
			if err := c.Asset.Create().SetName("Pump").SetAssetType("plc").SetLifecycle("planned").Exec(ctx); err != nil {
				return err
			}
			s, err := c.Session.Create().SetName("Review").SetAssetID(a.ID).SetNillableClientID(client).SetReviewDate("2026-02-28").SetReviewerID(person).Save(ctx)
			if err != nil {
				return err
			}
			for i, risk := range []string{"critical", "high", "high", "low"} {
				f := c.Finding.Create().SetTitle(risk).SetDescription("x").SetRiskLevel(risk).SetSessionID(s.ID).SetAssetID(a.ID).SetNillableClientID(client)
				switch i {
				case 0:
					f.SetAssigneeID(person).SetDueAt(now.Add(-time.Hour))
				case 2:
					f.SetRemediationStatus("resolved").SetDueAt(now.Add(-time.Hour))
				case 3:
					f.SetRemediationStatus("accepted_risk").SetAcceptedUntil(now.Add(24 * time.Hour))
				}
				if err := f.Exec(ctx); err != nil {
					return err
				}
			}
			for i, age := range []time.Duration{time.Hour, 2 * time.Hour, 3 * 24 * time.Hour, 20 * 24 * time.Hour, 40 * 24 * time.Hour, 50 * 24 * time.Hour} {
				then := clock.With(ctx, clock.NewManual(now.Add(-age)))
				x := c.Incident.Create().SetTitle("Broken").SetPriority(int32(i%5 + 1)).SetResolveDueAt(now.Add(time.Duration(i)*time.Hour + 30*time.Minute))
				switch i {
				case 0:
					x.SetAssigneeID(person).SetStatus("in_progress").SetIsMajor(true)
				case 1:
					x.SetResolveBreached(true)
				case 2: // late, and nobody has noted it yet
					x.SetResolveDueAt(now.Add(-time.Minute))
				case 3:
					x.SetResponseDueAt(now.Add(-time.Minute))
				case 5:
					x.SetStatus("closed").SetAssigneeID(person)
				}
				if err := x.Exec(then); err != nil {
					return err
				}
			}
			return nil
		}
	}
	if err := h.DB.Tx(viewer.In(t.Context(), h.Tenant, viewer.Guard), work(h.Tenant, h.Editor.Person, &h.ClientID)); err != nil {
		t.Fatal(err)
	}
	if err := h.DB.Tx(viewer.In(t.Context(), h.Other, viewer.Guard), work(h.Other, h.Stranger.Person, nil)); err != nil {
		t.Fatal(err)
	}
}

func TestOverview(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		fill(t, h)
		tiles := overview(t, h.Editor)
		for key, want := range map[string]int{
			"incidents.open": 5, "incidents.open.mine": 1, "incidents.open.unassigned": 4, "incidents.open.major": 1, "incidents.open.breached": 3,
			"incidents.status.new": 4, "incidents.status.in_progress": 1, "incidents.open.priority.1": 1, "incidents.open.priority.2": 1,
			"incidents.open.age.day": 2, "incidents.open.age.week": 1, "incidents.open.age.month": 1, "incidents.open.age.older": 1, "incidents.open.due_soon": 1,
			"findings.open": 2, "findings.open.mine": 1, "findings.open.overdue": 1, "findings.open.risk_level.critical": 1, "findings.open.risk_level.high": 1,
			"findings.open.risk_level.low": 0, "findings.remediation_status.resolved": 1, "findings.accepted.expiring": 1,
			"sessions.status.planned": 1, "sessions.mine": 1, "assets": 2, "assets.lifecycle.planned": 1, "assets.asset_type.plc": 1, "sites": 1, "clients": 1,
		} {
			if got, ok := tiles[key]; !ok || got.Value != want {
				t.Errorf("%s: %d, want %d", key, got.Value, want)
			}
		}
		if _, ok := overview(t, h.Viewer)["incidents.open.mine"]; !ok {
			t.Error("nothing about incidents for the viewer")
		}
		if got := overview(t, h.Member); len(got) != 0 {
			t.Errorf("somebody without rights sees %v", got)
		}
		if got := overview(t, h.Stranger); got["assets"].Value != 2 || got["findings.open"].Value != 2 {
			t.Errorf("the stranger's own: %v", got)
		}
		for key, x := range overview(t, h.Client) {
			if word, _, _ := strings.Cut(key, "."); word == "incidents" || word == "sites" {
				t.Errorf("a client user sees %v", x)
			}
		}
		if got := overview(t, h.Client); got["assets"].Value != 1 || got["findings.open"].Value != 2 || got["clients"].Value != 1 {
			t.Errorf("a client user sees %v", got)
		}
		least := 1 << 30
		for range 4 {
			least = min(least, h.Statements(func() { overview(t, h.Editor) }))
		}
		if least > 6 { // one per word
			t.Errorf("%d statements", least)
		}
	})
}

// The list behind each number has as many rows as the number says, for every kind of caller.
func TestFiltersLeadToTheirRows(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		fill(t, h)
		for _, who := range []*housetest.Caller{h.Editor, h.Viewer, h.Client, h.Stranger} {
			for key, x := range overview(t, who) {
				var list struct{ Total int }
				who.JSON("GET", "/api/v1/"+x.Filter, nil, http.StatusOK, &list)
				if list.Total != x.Value {
					t.Errorf("%s: %s is %d, the list %s has %d", who.Name, key, x.Value, x.Filter, list.Total)
				}
			}
		}
	})
}
