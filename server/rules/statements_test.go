package rules_test

import (
	"fmt"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// TestStatements counts the SQL statements of a request. None depends on the number of rows: each list is counted with
// one row and with thirty.
func TestStatements(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			h := housetest.New(t, kind)
			w := newWorld(t, h)
			for _, c := range []struct {
				method string
				// refs is how many kinds of reference the sample sets (and its answer shows).
				refs int
				want int
				// more is what the method's own rules need beside.
				more int
			}{
				{"SiteService.GetSite", 0, 1, 0}, {"SiteService.ListSites", 0, 2, 0}, {"SiteService.CreateSite", 0, 5, 0},
				{"ClientService.GetClient", 0, 1, 0}, {"ClientService.ListClients", 0, 2, 0}, {"ClientService.CreateClient", 0, 5, 0},
				{"AssetService.GetAsset", 1, 1, 0}, {"AssetService.ListAssets", 1, 2, 0}, {"AssetService.CreateAsset", 1, 5, 0},
				{"SessionService.GetSession", 2, 1, 0}, {"SessionService.ListSessions", 2, 2, 0}, {"SessionService.CreateSession", 2, 5, 1 /* whether the reviewer is a member who may be given it */},
				{"FindingService.GetFinding", 2, 1, 0}, {"FindingService.ListFindings", 2, 2, 0}, {"FindingService.CreateFinding", 2, 5, 0},
				{"TaxonomyService.GetCurrentTaxonomy", 1, 1, 0}, {"TaxonomyService.ListTaxonomyVersions", 1, 2, 0},
				{"TemplateService.GetTemplate", 1, 1, 0}, {"TemplateService.ListTemplates", 1, 2, 0}, {"TemplateService.CreateTemplate", 1, 5, 0},
				{"FindingService.ListRetests", 1, 3 /* its finding first */, 0}, {"FindingService.AddRetest", 1, 5, 0 /* the state stays */},
				{"ReportService.ListExports", 2, 2, 1 /* the session */},
				{"IncidentService.GetIncident", 2, 1, 0}, {"IncidentService.ListIncidents", 2, 2, 0}, {"IncidentService.CreateIncident", 2, 5, 0},
			} {
				call := func(headers ...string) int {
					in := w.request(c.method) // what it needs is made before the count
					return h.Statements(func() {
						if a := h.Admin.Call("connect", c.method, in, headers...); a.Code != "ok" {
							t.Errorf("%s: %s %s", c.method, a.Code, a.Text)
						}
					})
				}
				call() // the first call fills caches
				// News of the caller's own sign-in may have their rights read anew: the smallest of some counts is the
				// call's own.
				if n := min(call(), call(), call()); n > c.want+c.refs+c.more {
					t.Errorf("%s: %d statements, want %d + %d + %d\n%s", c.method, n, c.want, c.refs, c.more, told(h, func() { call() }))
				}
				if c.want == 5 {
					if n := min(call("Idempotency-Key", c.method+"1"), call("Idempotency-Key", c.method+"2"), call("Idempotency-Key", c.method+"3")); n > c.want+c.refs+c.more+2 {
						t.Errorf("%s with an idempotency key: %d statements, want %d + %d + %d + 2", c.method, n, c.want, c.refs, c.more)
					}
					for range 30 {
						call()
					}
				}
			}
			for _, list := range []string{"SiteService.ListSites", "ClientService.ListClients", "AssetService.ListAssets", "SessionService.ListSessions", "FindingService.ListFindings", "IncidentService.ListIncidents"} {
				in := w.request(list)
				count := func() int { return h.Statements(func() { h.Admin.Call("connect", list, in) }) }
				n := min(count(), count(), count())
				refs := map[string]int{"AssetService.ListAssets": 1, "SessionService.ListSessions": 2, "FindingService.ListFindings": 2, "IncidentService.ListIncidents": 2}[list]
				if n > 2+refs {
					t.Errorf("%s with many rows: %d statements, want 2 + %d", list, n, refs)
				}
			}
		})
	}
}

// told is what the server says to the database while f runs.
func told(h *housetest.House, f func()) (out string) {
	h.Spy(func(sql string) { out += fmt.Sprintf("  %.220s\n", sql) })
	defer h.Spy(nil)
	f()
	return out
}
