package holdfast_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast"
	apitokensv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/apitokens/v1"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	authv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1"
	feedv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1"
	mev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/me/v1"
	sessionsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sessions/v1"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
)

// founded is a server with one tenant, and a client of its Administrator.
func founded(t *testing.T) (server string, admin *holdfast.Client) {
	t.Helper()
	server, stop := run()
	t.Cleanup(stop)
	return server, found(t, server)
}

func found(t *testing.T, server string) *holdfast.Client {
	t.Helper()
	door, err := holdfast.New(server)
	if err != nil {
		t.Fatal(err)
	}
	email := uuid.NewString() + "@example.com"
	in, err := door.Auth.Register(t.Context(), &authv1.RegisterRequest{
		TenantName: "T" + uuid.NewString(), FullName: "Ada Admin", Email: email, Password: password, ReturnRefreshToken: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := holdfast.New(server, holdfast.WithTokens(holdfast.Tokens{Access: in.GetAccessToken(), Refresh: in.GetRefreshToken()}, nil))
	if err != nil {
		t.Fatal(err)
	}
	return admin
}

// between puts something between clients and a server.
func between(t *testing.T, server string, change func(w http.ResponseWriter, r *http.Request, pass http.Handler)) string {
	t.Helper()
	target, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	pass := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { change(w, r, pass) }))
	t.Cleanup(s.Close)
	return s.URL
}

func token(t *testing.T, admin *holdfast.Client, scopes ...string) string {
	t.Helper()
	made, err := admin.APITokens.CreateApiToken(t.Context(), &apitokensv1.CreateApiTokenRequest{ApiToken: &apitokensv1.ApiToken{Name: uuid.NewString(), Scopes: scopes}})
	if err != nil {
		t.Fatal(err)
	}
	return made.GetToken()
}

// A call whose answer was lost is repeated, and the work is done once.
func TestDoneOnceThoughTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	server, admin := founded(t)
	var calls atomic.Int32
	lossy := between(t, server, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if strings.HasSuffix(r.URL.Path, "/CreateSite") && calls.Add(1) <= 2 {
			pass.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}
		pass.ServeHTTP(w, r)
	})
	c, err := holdfast.New(lossy, holdfast.WithAPIToken(token(t, admin, "*")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Sites.CreateSite(t.Context(), &sitesv1.CreateSiteRequest{Site: &sitesv1.Site{Name: "Plant 1"}}); err != nil {
		t.Fatal(err)
	}
	list, err := admin.Sites.ListSites(t.Context(), &sitesv1.ListSitesRequest{})
	if err != nil || list.GetTotal() != 1 || calls.Load() != 3 {
		t.Errorf("%d sites after %d calls, %v", list.GetTotal(), calls.Load(), err)
	}
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	server, admin := founded(t)
	_, err := admin.Assets.CreateAsset(t.Context(), &assetsv1.CreateAssetRequest{Asset: &assetsv1.Asset{Name: strings.Repeat("x", 256), AssetType: "server"}})
	if connect.CodeOf(err) != connect.CodeInvalidArgument || holdfast.Reason(err) != "validation" || holdfast.FieldErrors(err)["name"] == "" || holdfast.RequestID(err) == "" {
		t.Errorf("%v: reason %q, fields %v, request %q", err, holdfast.Reason(err), holdfast.FieldErrors(err), holdfast.RequestID(err))
	}
	if _, err = admin.Assets.GetAsset(t.Context(), &assetsv1.GetAssetRequest{Id: "AST-7"}); holdfast.Reason(err) != "not_found" || holdfast.FieldErrors(err) != nil {
		t.Errorf("%v: reason %q", err, holdfast.Reason(err))
	}
	narrow, err := holdfast.New(server, holdfast.WithAPIToken(token(t, admin, "sites:read")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = narrow.Assets.ListAssets(t.Context(), &assetsv1.ListAssetsRequest{}); holdfast.Reason(err) != "permission_denied" || holdfast.Meta(err)["permission"] != "assets:read" {
		t.Errorf("%v: reason %q, %v", err, holdfast.Reason(err), holdfast.Meta(err))
	}
	err = narrow.ExportAssets(t.Context(), &bytes.Buffer{}, nil)
	var p *holdfast.Problem
	if !errors.As(err, &p) || p.Status != http.StatusForbidden || holdfast.Reason(err) != "permission_denied" || holdfast.RequestID(err) == "" {
		t.Errorf("by REST: %v", err)
	}
}

// A scanner's file is tried, taken, and adds nothing when it comes again.
func TestImportFindings(t *testing.T) {
	t.Parallel()
	_, c := founded(t)
	ctx := t.Context()
	asset, err := c.Assets.CreateAsset(ctx, &assetsv1.CreateAssetRequest{Asset: &assetsv1.Asset{Name: "Shop", AssetType: "web_application"}})
	if err != nil {
		t.Fatal(err)
	}
	me, err := c.Me.GetMe(ctx, &mev1.GetMeRequest{})
	if err != nil {
		t.Fatal(err)
	}
	review, err := c.Sessions.CreateSession(ctx, &sessionsv1.CreateSessionRequest{Session: &sessionsv1.Session{
		AssetId: asset.GetId(), Name: "Review", ReviewDate: "2026-11-22", ReviewerId: me.GetUser().GetId(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	const file = `{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "t"}}, "results": [{"ruleId": "a", "level": "error", "message": {"text": "Bad."}}, {"message": {}}]}]}`
	tried, err := c.ImportFindings(ctx, review.GetId(), holdfast.SARIF, strings.NewReader(file), false)
	if err != nil || tried.Summary != (holdfast.FindingsSummary{Create: 1, Error: 1}) || tried.Rows[0].ID != "" || tried.Rows[1].Error == "" {
		t.Fatalf("%+v, %v", tried, err)
	}
	done, err := c.ImportFindings(ctx, review.GetId(), holdfast.SARIF, strings.NewReader(file), true)
	if err != nil || done.Summary.Create != 1 || done.Rows[0].ID == "" || done.Rows[0].Title != "Bad" {
		t.Fatalf("%+v, %v", done, err)
	}
	again, err := c.ImportFindings(ctx, review.GetId(), holdfast.SARIF, strings.NewReader(file), true)
	if err != nil || again.Summary.Create != 0 || again.Summary.Update != 1 || again.Rows[0].ID != done.Rows[0].ID {
		t.Errorf("%+v, %v", again, err)
	}
	var p *holdfast.Problem
	if _, err = c.ImportFindings(ctx, review.GetId(), holdfast.Nessus, strings.NewReader(file), true); !errors.As(err, &p) || p.Status != http.StatusBadRequest {
		t.Errorf("another format: %v", err)
	}
}

// What was exported is read back as no change; wrong rows are named, and nothing of the file is kept.
func TestImportAndExport(t *testing.T) {
	t.Parallel()
	_, c := founded(t)
	ctx := t.Context()
	const file = "name,asset_type,hostname\nPress,plc,press.example\nPump,sensor,pump.example\n"
	match := holdfast.ImportOptions{MatchOn: "hostname"}
	plan, err := c.ImportAssets(ctx, strings.NewReader(file), match)
	if err != nil || plan.Summary.Create != 2 || plan.Plan == "" {
		t.Fatalf("%+v, %v", plan, err)
	}
	done, err := c.ImportAssets(ctx, strings.NewReader(file), holdfast.ImportOptions{MatchOn: "hostname", Apply: true, Plan: plan.Plan})
	if err != nil || done.Summary.Create != 2 || done.Rows[0].ID == "" {
		t.Fatalf("%+v, %v", done, err)
	}
	if _, err = c.ImportAssets(ctx, strings.NewReader(file), holdfast.ImportOptions{MatchOn: "hostname", Apply: true, Plan: plan.Plan}); err == nil {
		t.Error("a plan that no longer holds was carried out")
	}
	var out bytes.Buffer
	if err := c.ExportAssets(ctx, &out, nil); err != nil {
		t.Fatal(err)
	}
	again, err := c.ImportAssets(ctx, bytes.NewReader(out.Bytes()), match)
	if err != nil || again.Summary.Skip != 2 || again.Summary.Create+again.Summary.Update+again.Summary.Error != 0 {
		t.Errorf("read back: %+v, %v\n%s", again, err, out.String())
	}
	out.Reset()
	if err := c.ExportAssets(ctx, &out, url.Values{"asset_type": {"plc"}}); err != nil || strings.Contains(out.String(), "Pump") || !strings.Contains(out.String(), "Press") {
		t.Errorf("filtered: %v\n%s", err, out.String())
	}
	wrong, err := c.ImportAssets(ctx, strings.NewReader("name,asset_type\nGood,plc\nBad,spaceship\n"), holdfast.ImportOptions{Apply: true})
	var p *holdfast.Problem
	if !errors.As(err, &p) || p.Status != http.StatusBadRequest || wrong == nil || wrong.Summary.Error != 1 || wrong.Rows[1].Errors["asset_type"] == "" {
		t.Errorf("wrong rows: %+v, %v", wrong, err)
	}
	list, err := c.Assets.ListAssets(ctx, &assetsv1.ListAssetsRequest{})
	if err != nil || list.GetTotal() != 2 {
		t.Errorf("%d assets, %v", list.GetTotal(), err)
	}
}

// A watcher whose line is cut again and again sees every event once, in order.
func TestWatchGoesOn(t *testing.T) {
	t.Parallel()
	server, admin := founded(t)
	var streams atomic.Int32
	cut := between(t, server, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if !strings.HasSuffix(r.URL.Path, "/Watch") {
			pass.ServeHTTP(w, r)
			return
		}
		streams.Add(1)
		ctx, cancel := context.WithTimeout(r.Context(), 300*time.Millisecond)
		defer cancel()
		pass.ServeHTTP(w, r.WithContext(ctx))
		panic(http.ErrAbortHandler)
	})
	c, err := holdfast.New(cut, holdfast.WithAPIToken(token(t, admin, "*")))
	if err != nil {
		t.Fatal(err)
	}
	const want = 20
	ready, written := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { <-written })
	go func() {
		defer close(written)
		<-ready
		for i := range want {
			name := "Plant " + string(rune('A'+i))
			if _, err := admin.Sites.CreateSite(context.WithoutCancel(t.Context()), &sitesv1.CreateSiteRequest{Site: &sitesv1.Site{Name: name}}); err != nil {
				t.Error(err)
				return
			}
			time.Sleep(60 * time.Millisecond)
		}
	}()
	time.AfterFunc(500*time.Millisecond, func() { close(ready) })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var labels []string
	for event, err := range c.Watch(ctx, &feedv1.WatchRequest{Kinds: []string{"site"}}) {
		if err != nil {
			t.Fatalf("after %v: %v", labels, err)
		}
		if labels = append(labels, strings.TrimPrefix(event.GetLabel(), "Plant ")); len(labels) == want {
			break
		}
	}
	if got := strings.Join(labels, ""); got != "ABCDEFGHIJKLMNOPQRST" {
		t.Errorf("saw %q", got)
	}
	if streams.Load() < 3 {
		t.Errorf("the line was never cut: %d streams", streams.Load())
	}
}

// A watch ends when the caller may no longer watch.
func TestWatchEnds(t *testing.T) {
	t.Parallel()
	server, _ := founded(t)
	c, err := holdfast.New(server, holdfast.WithAPIToken("hf_pat_nonsense"))
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range c.Watch(t.Context(), &feedv1.WatchRequest{}) {
		if connect.CodeOf(err) != connect.CodeUnauthenticated {
			t.Errorf("ended with %v", err)
		}
	}
}

func TestSignsIn(t *testing.T) {
	t.Parallel()
	server, _ := founded(t)
	email := uuid.NewString() + "@example.com"
	door, err := holdfast.New(server)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := door.Auth.Register(t.Context(), &authv1.RegisterRequest{TenantName: "Other", FullName: "Bo", Email: email, Password: password, ReturnRefreshToken: true}); err != nil {
		t.Fatal(err)
	}
	c, err := holdfast.New(server, holdfast.WithPassword(email, password, ""))
	if err != nil {
		t.Fatal(err)
	}
	me, err := c.Me.GetMe(t.Context(), &mev1.GetMeRequest{})
	if err != nil || me.GetUser().GetEmail() != email {
		t.Errorf("%v, %v", me, err)
	}
	wrong, err := holdfast.New(server, holdfast.WithPassword(email, "a wrong password, quite long", ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wrong.Me.GetMe(t.Context(), &mev1.GetMeRequest{}); connect.CodeOf(err) != connect.CodeUnauthenticated {
		t.Errorf("a wrong password: %v", err)
	}
}

// The same over gRPC.
func TestGRPC(t *testing.T) {
	t.Parallel()
	server, admin := founded(t)
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetUnencryptedHTTP2(true)
	c, err := holdfast.New(server, holdfast.WithAPIToken(token(t, admin, "*")), holdfast.WithGRPC(), holdfast.WithHTTPClient(&http.Client{Transport: transport}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"", "already_exists"} {
		_, err := c.Sites.CreateSite(t.Context(), &sitesv1.CreateSiteRequest{Site: &sitesv1.Site{Name: "Plant 1"}})
		if holdfast.Reason(err) != want || (holdfast.FieldErrors(err)["name"] != "") != (want != "") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if err := c.ExportAssets(t.Context(), &bytes.Buffer{}, nil); err != nil {
		t.Errorf("the REST side: %v", err)
	}
}
