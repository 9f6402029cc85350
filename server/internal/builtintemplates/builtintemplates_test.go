package builtintemplates_test

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/builtin"
	"github.com/holdfast-platform/holdfast/server/internal/builtintemplates"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type object = map[string]any

type list struct {
	Items []struct {
		ID, Title, Description string
		StableID               string `json:"stable_id"`
		Version                int
		IsBuiltin              bool `json:"is_builtin"`
	}
	Total int
}

// templates are those of the caller's tenant, by their stable ids.
func templates(t *testing.T, c *housetest.Caller) map[string]int {
	t.Helper()
	var l list
	c.JSON("GET", "/api/v1/templates?per_page=100&is_builtin=true", nil, http.StatusOK, &l)
	out := map[string]int{}
	for _, x := range l.Items {
		out[x.StableID] = x.Version
	}
	if len(out) != l.Total || len(l.Items) != l.Total {
		t.Errorf("%d templates, %d different ones, total %d", len(l.Items), len(out), l.Total)
	}
	return out
}

func head(t *testing.T, h *housetest.House) int64 {
	t.Helper()
	n, err := h.DB.Head(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// bare takes its templates from a tenant as if it had been founded by a release without any.
func bare(t *testing.T, h *housetest.House, tenant uuid.UUID) {
	t.Helper()
	for _, q := range []string{`DELETE FROM templates WHERE tenant_id = $1`, `DELETE FROM search WHERE tenant_id = $1 AND kind = 'template'`} {
		if _, err := h.DB.Writer().ExecContext(t.Context(), q, tenant); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEveryTenantHasThem(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		log := slog.New(slog.DiscardHandler)
		kind, err := builtintemplates.New()
		if err != nil {
			t.Fatal(err)
		}
		bringer := builtin.Bringer{kind}
		for _, c := range []*housetest.Caller{h.Admin, h.Viewer, h.Stranger, h.Client} {
			if n := len(templates(t, c)); n != 25 {
				t.Errorf("%s sees %d", c.Name, n)
			}
		}
		before := head(t, h)
		for range 2 { // as at another start
			if err := bringer.Sync(t.Context(), h.DB, log); err != nil {
				t.Fatal(err)
			}
		}
		if n := head(t, h); n != before {
			t.Errorf("a start with nothing to do has written %d lines", n-before)
		}

		// Two servers of a release with templates start at once on the database of one without.
		bare(t, h, h.Tenant)
		bare(t, h, h.Other)
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				if err := bringer.Sync(t.Context(), h.DB, log); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		for _, c := range []*housetest.Caller{h.Admin, h.Stranger} {
			got := templates(t, c)
			if len(got) != 25 {
				t.Errorf("%s sees %d", c.Name, len(got))
			}
			for id, version := range got {
				if version != 1 {
					t.Errorf("%s was written %d times", id, version)
				}
			}
		}
		var found list
		h.Viewer.JSON("GET", "/api/v1/templates?q=deserialization", nil, http.StatusOK, &found)
		if found.Total == 0 {
			t.Error("a search does not find them")
		}
	})
}

// TestAnotherRelease: what nobody has changed is brought up to date, what somebody has changed stays, what is new is
// added.
func TestAnotherRelease(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		texts, err := builtintemplates.Texts()
		if err != nil {
			t.Fatal(err)
		}
		var l list
		h.Admin.JSON("GET", "/api/v1/templates?q=injection&per_page=100", nil, http.StatusOK, &l)
		edited := ""
		for _, x := range l.Items {
			if x.StableID == "builtin.sql-injection" {
				edited = x.ID
			}
		}
		h.Admin.JSON("PATCH", "/api/v1/templates/"+edited, object{"title": "Our own title"}, http.StatusOK, nil)

		next := []*builtintemplates.Text{{
			ID: "brand-new", Name: "Brand new", Category: "misconfiguration", Language: "en", Title: "New", Description: "D", RiskLevel: "low", Impact: "I",
			Recommendation: "R", References: []string{"https://x.example"}, CWE: 1, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
		}}
		for _, x := range texts {
			other := *x
			if x.ID == "sql-injection" || x.ID == "mass-assignment" {
				other.Description += "\n\nBetter now."
			}
			next = append(next, &other)
		}
		for range 2 {
			ctx := viewer.In(h.DB.In(t.Context()), h.Tenant, viewer.Librarian)
			bringer := builtin.Bringer{builtintemplates.Of(next)}
			if err := h.DB.Tx(ctx, func(ctx context.Context) error { return bringer.Bring(ctx, h.Tenant) }); err != nil {
				t.Fatal(err)
			}
		}
		want := map[string]int{"builtin.sql-injection": 2, "builtin.mass-assignment": 2, "builtin.brand-new": 1, "builtin.path-traversal": 1}
		got := templates(t, h.Admin)
		for id, version := range want {
			if got[id] != version {
				t.Errorf("%s has version %d, want %d", id, got[id], version)
			}
		}
		if len(got) != 26 {
			t.Errorf("%d templates", len(got))
		}
		var one struct{ Title, Description string }
		h.Admin.JSON("GET", "/api/v1/templates/"+edited, nil, http.StatusOK, &one)
		if one.Title != "Our own title" || one.Description != texts[index(texts, "sql-injection")].Description {
			t.Errorf("what was changed here was written over: %q", one.Title)
		}
	})
}

func index(texts []*builtintemplates.Text, id string) int {
	for i, x := range texts {
		if x.ID == id {
			return i
		}
	}
	return -1
}
