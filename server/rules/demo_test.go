package rules_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	clientsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/clients/v1"
	findingsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/findings/v1"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	sessionsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sessions/v1"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/operate"
)

func TestDemo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, url string) {
		cfg := server.Config{DatabaseURL: url, DataDir: t.TempDir(), PublicURL: "http://localhost"}
		logins, err := operate.Demo(t.Context(), cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := operate.Demo(t.Context(), cfg, nil)
		if err != nil || len(again) != len(logins) || again[0] != logins[0] {
			t.Fatalf("the second start answers %v (%v), want the same logins and nothing new", again, err)
		}
		clients := map[string]*holdfast.Client{}
		address := serve(t, cfg)
		for _, l := range logins {
			if clients[l.Group], err = holdfast.New(address, holdfast.WithPassword(l.Email, l.Password, "")); err != nil {
				t.Fatal(err)
			}
			if _, err := clients[l.Group].Assets.ListAssets(t.Context(), &assetsv1.ListAssetsRequest{}); err != nil {
				t.Errorf("%s cannot list assets: %v", l.Email, err)
			}
		}
		roles := server.Roles()
		for _, role := range roles {
			if clients[role.Name] == nil {
				t.Errorf("nobody is in the group %s", role.Name)
			}
		}
		admin := clients["Administrators"]
		one := int32(1)
		counts := map[string]int32{}
		count := func(what string, total func() (int32, error)) {
			n, err := total()
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			counts[what] = n
		}
		count("sites", func() (int32, error) {
			l, err := admin.Sites.ListSites(t.Context(), &sitesv1.ListSitesRequest{PerPage: &one})
			return l.GetTotal(), err
		})
		count("assets", func() (int32, error) {
			l, err := admin.Assets.ListAssets(t.Context(), &assetsv1.ListAssetsRequest{PerPage: &one})
			return l.GetTotal(), err
		})
		count("clients", func() (int32, error) {
			l, err := admin.Clients.ListClients(t.Context(), &clientsv1.ListClientsRequest{PerPage: &one})
			return l.GetTotal(), err
		})
		count("sessions", func() (int32, error) {
			l, err := admin.Sessions.ListSessions(t.Context(), &sessionsv1.ListSessionsRequest{PerPage: &one})
			return l.GetTotal(), err
		})
		count("findings", func() (int32, error) {
			l, err := admin.Findings.ListFindings(t.Context(), &findingsv1.ListFindingsRequest{PerPage: &one})
			return l.GetTotal(), err
		})
		count("incidents", func() (int32, error) {
			l, err := admin.Incidents.ListIncidents(t.Context(), &incidentsv1.ListIncidentsRequest{PerPage: &one})
			return l.GetTotal(), err
		})
		for what, want := range map[string]int32{"sites": 3, "assets": 300, "clients": 4, "sessions": 12, "findings": 150, "incidents": 120} {
			if counts[what] != want {
				t.Errorf("%d %s, want %d", counts[what], what, want)
			}
		}
		for _, status := range []string{"new", "acknowledged", "in_progress", "on_hold", "resolved", "closed", "cancelled"} {
			l, err := admin.Incidents.ListIncidents(t.Context(), &incidentsv1.ListIncidentsRequest{Status: []string{status}, PerPage: &one})
			if err != nil || l.Total == 0 {
				t.Errorf("%d incidents are %s (%v), want some", l.GetTotal(), status, err)
			}
		}
		tested, accepted, templated := 0, 0, 0
		for cursor := ""; ; {
			l, err := admin.Findings.ListFindings(t.Context(), &findingsv1.ListFindingsRequest{Cursor: &cursor, RemediationStatus: []string{"resolved", "accepted_risk"}})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range l.GetItems() {
				if f.GetTemplate().GetLabel() != "" && f.GetDescription() != "" && f.GetTemplateVersion() == 1 {
					templated++
				}
				if f.GetRemediationStatus() == "accepted_risk" && f.GetAcceptedUntil() != nil {
					accepted++
					continue
				}
				tries, err := admin.Findings.ListRetests(t.Context(), &findingsv1.ListRetestsRequest{Id: f.GetId()})
				if err != nil || tries.GetTotal() == 0 || tries.GetItems()[0].GetResult() != "fixed" {
					t.Errorf("%s is resolved, but %v (%v)", f.GetNumber(), tries, err)
				}
				tested++
			}
			if cursor = l.GetNextCursor(); cursor == "" {
				break
			}
		}
		if tested < 20 || accepted < 3 || templated < 10 {
			t.Errorf("%d findings are tried again, %d risks accepted, %d findings began with a template", tested, accepted, templated)
		}
		first, err := admin.Incidents.ListIncidents(t.Context(), &incidentsv1.ListIncidentsRequest{OrderBy: "created_at", PerPage: &one})
		if err != nil {
			t.Fatal(err)
		}
		if age := time.Since(first.Items[0].CreatedAt.AsTime()); age < 85*24*time.Hour || age > 91*24*time.Hour {
			t.Errorf("the first incident is %s old, want about 90 days", age)
		}
		scoped, err := clients["Client users"].Assets.ListAssets(t.Context(), &assetsv1.ListAssetsRequest{})
		if err != nil || scoped.Total == 0 || scoped.Total > 20 {
			t.Errorf("the client's user sees %d assets (%v), want only some", scoped.GetTotal(), err)
		}
	})
}

// serve runs a server until the test ends, and answers its address.
func serve(t *testing.T, cfg server.Config) string {
	t.Helper()
	s, err := server.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, nil, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}
