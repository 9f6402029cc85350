package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"connectrpc.com/connect"
	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1/sitesv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
)

// keys knows callers by the word after "Bearer".
type keys struct {
	mu    sync.Mutex
	known map[string]*viewer.Viewer
}

func (k *keys) Authenticate(_ context.Context, h http.Header, _ *accessv1.Access) (*viewer.Viewer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if v := k.known[strings.TrimPrefix(h.Get("Authorization"), "Bearer ")]; v != nil {
		return v, nil
	}
	return nil, fault.Unauthenticated()
}

// room is a small room of sites, with a hook to misbehave.
type room struct {
	sitesv1connect.UnimplementedSiteServiceHandler
	calls func(context.Context) error
}

func message(s *ent.Site) *sitesv1.Site {
	return &sitesv1.Site{Id: s.ID.String(), Version: s.Version, Name: s.Name}
}

func (r *room) GetSite(ctx context.Context, in *sitesv1.GetSiteRequest) (*sitesv1.Site, error) {
	if r.calls != nil {
		if err := r.calls(ctx); err != nil {
			return nil, err
		}
	}
	id, err := uuid.Parse(in.GetId())
	if err != nil {
		return nil, fault.NotFound("site")
	}
	s, err := db.From(ctx).Site.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return message(s), nil
}

func (r *room) CreateSite(ctx context.Context, in *sitesv1.CreateSiteRequest) (*sitesv1.Site, error) {
	s, err := db.From(ctx).Site.Create().SetName(in.GetSite().GetName()).Save(ctx)
	if err != nil {
		return nil, err
	}
	if r.calls != nil {
		if err := r.calls(ctx); err != nil {
			return nil, err
		}
	}
	return message(s), nil
}

func (r *room) UpdateSite(ctx context.Context, in *sitesv1.UpdateSiteRequest) (*sitesv1.Site, error) {
	s, err := db.From(ctx).Site.UpdateOneID(uuid.MustParse(in.GetSite().GetId())).SetName(in.GetSite().GetName()).Save(ctx)
	if err != nil {
		return nil, err
	}
	return message(s), nil
}

func (r *room) DeleteSite(ctx context.Context, in *sitesv1.DeleteSiteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, db.From(ctx).Site.DeleteOneID(uuid.MustParse(in.GetId())).Exec(ctx)
}

// place is one door with a room behind it.
type place struct {
	door  *rpc.Door
	db    *db.DB
	keys  *keys
	room  *room
	log   *bytes.Buffer
	mux   *http.ServeMux
	url   string
	sites sitesv1connect.SiteServiceClient // as ann
}

func build(t testing.TB, url string, change func(*rpc.Config)) *place {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	tenant := uuid.New()
	p := &place{db: d, log: &bytes.Buffer{}, room: &room{}, mux: http.NewServeMux(), keys: &keys{known: map[string]*viewer.Viewer{
		"ann":   {TenantID: tenant, PersonID: uuid.New(), SessionID: uuid.New(), Permissions: []string{"sites:*"}},
		"bob":   {TenantID: tenant, PersonID: uuid.New(), SessionID: uuid.New(), Permissions: []string{"assets:read"}},
		"token": {TenantID: tenant, PersonID: uuid.New(), TokenID: uuid.New(), Permissions: []string{"sites:*"}},
	}}}
	cfg := rpc.Config{DB: d, Auth: p.keys, Log: slog.New(slog.NewJSONHandler(&locked{w: p.log}, nil))}
	if change != nil {
		change(&cfg)
	}
	if p.door, err = rpc.New(cfg); err != nil {
		t.Fatal(err)
	}
	path, handler := sitesv1connect.NewSiteServiceHandler(p.room, p.door.Options()...)
	if err := p.door.Open(path); err != nil {
		t.Fatal(err)
	}
	p.mux.Handle(path, p.door.Service(handler))
	s := httptest.NewUnstartedServer(p.door.Handler(p.mux))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetHTTP1(true)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(func() {
		s.Close()
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	p.url, p.sites = s.URL, sitesv1connect.NewSiteServiceClient(as("ann"), s.URL)
	return p
}

type locked struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

// as is an HTTP client that sends headers: "ann" stands for her Authorization.
func as(name string, more ...string) *http.Client {
	return &http.Client{Transport: headers{name, more}}
}

type headers struct {
	name string
	more []string
}

func (h headers) RoundTrip(r *http.Request) (*http.Response, error) {
	if h.name != "" {
		r.Header.Set("Authorization", "Bearer "+h.name)
	}
	for i := 0; i < len(h.more); i += 2 {
		r.Header.Set(h.more[i], h.more[i+1])
	}
	return http.DefaultTransport.RoundTrip(r)
}

func reasonOf(err error) string {
	var e *connect.Error
	if !errors.As(err, &e) {
		return ""
	}
	for _, d := range e.Details() {
		if m, err := d.Value(); err == nil {
			if info, ok := m.(*errdetails.ErrorInfo); ok && info.GetDomain() == "holdfast" {
				return info.GetReason()
			}
		}
	}
	return ""
}

func wantCode(t *testing.T, what string, err error, code connect.Code, reason string) {
	t.Helper()
	if connect.CodeOf(err) != code || reasonOf(err) != reason {
		t.Errorf("%s: %v (%s), want %v (%s)", what, err, reasonOf(err), code, reason)
	}
}

func create(name string) *sitesv1.CreateSiteRequest {
	return &sitesv1.CreateSiteRequest{Site: &sitesv1.Site{Name: name}}
}

func TestWhoAndWhether(t *testing.T) {
	t.Parallel()
	p := build(t, dbtest.SQLite(t), nil)
	ctx := t.Context()
	for _, c := range []struct {
		what, name string
		more       []string
		code       connect.Code
		reason     string
	}{
		{"nobody", "", nil, connect.CodeUnauthenticated, "unauthenticated"},
		{"an unknown credential", "eve", nil, connect.CodeUnauthenticated, "unauthenticated"},
		{"two kinds at once", "ann", []string{"X-Device-Key", "hf_dev_1"}, connect.CodeUnauthenticated, "unauthenticated"},
		{"another kind in its place", "", []string{"X-Provisioning-Key", "hf_prov_1"}, connect.CodeUnauthenticated, "unauthenticated"},
		{"the wrong permission", "bob", nil, connect.CodePermissionDenied, "permission_denied"},
		{"an API token", "token", nil, connect.CodeNotFound, "not_found"},
		{"she", "ann", nil, connect.CodeNotFound, "not_found"},
	} {
		_, err := sitesv1connect.NewSiteServiceClient(as(c.name, c.more...), p.url).GetSite(ctx, &sitesv1.GetSiteRequest{Id: uuid.NewString()})
		wantCode(t, c.what, err, c.code, c.reason)
	}
	// A message that cannot be read is not looked at before its sender is known.
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, p.url+sitesv1connect.SiteServiceGetSiteProcedure, strings.NewReader("{broken"))
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("nobody's broken message: %d", res.StatusCode)
	}
}

func TestValid(t *testing.T) {
	t.Parallel()
	p := build(t, dbtest.SQLite(t), nil)
	_, err := p.sites.CreateSite(t.Context(), create("a\x00b"))
	wantCode(t, "NUL", err, connect.CodeInvalidArgument, "validation")
	if !strings.Contains(err.Error(), "name: ") {
		t.Errorf("the field is not named: %v", err)
	}
	_, err = p.sites.CreateSite(t.Context(), create(strings.Repeat("x", 300)))
	wantCode(t, "too long", err, connect.CodeInvalidArgument, "validation")
	_, err = p.sites.CreateSite(t.Context(), &sitesv1.CreateSiteRequest{})
	wantCode(t, "nothing", err, connect.CodeInvalidArgument, "validation")
	_, err = p.sites.CreateSite(t.Context(), create(""))
	wantCode(t, "the entity's rule", err, connect.CodeInvalidArgument, "validation")
}

func TestHeadersAndLog(t *testing.T) {
	t.Parallel()
	p := build(t, dbtest.SQLite(t), nil)
	id := uuid.NewString()
	ctx, info := connect.NewClientContext(t.Context())
	info.RequestHeader().Set("X-Request-Id", id)
	site, err := p.sites.CreateSite(ctx, create("Plant"))
	if err != nil {
		t.Fatal(err)
	}
	h := info.ResponseHeader()
	if h.Get("ETag") != `"1"` || h.Get("Location") != "/api/v1/sites/"+site.GetId() || h.Get("X-Request-Id") != id || h.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", h)
	}
	line := p.log.String()
	for _, want := range []string{`"method":"holdfast.sites.v1.SiteService/CreateSite"`, `"code":"ok"`, `"request_id":"` + id + `"`, `"tenant":"`, `"person":"`, `"us":`} {
		if !strings.Contains(line, want) {
			t.Errorf("the log lacks %s: %s", want, line)
		}
	}
	if strings.Contains(line, "Bearer") || strings.Count(line, "\n") != 1 {
		t.Errorf("the log: %s", line)
	}
}

func TestBroken(t *testing.T) {
	t.Parallel()
	p := build(t, dbtest.SQLite(t), nil)
	for what, misbehave := range map[string]func(context.Context) error{
		"error": func(context.Context) error { return errors.New("secret SQL text") },
		"panic": func(context.Context) error { panic("secret SQL text") },
	} {
		p.room.calls = misbehave
		_, err := p.sites.CreateSite(t.Context(), create("Plant"))
		if connect.CodeOf(err) != connect.CodeInternal && connect.CodeOf(err) != connect.CodeUnknown || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", what, err)
		}
		if !strings.Contains(p.log.String(), "secret SQL text") {
			t.Errorf("%s: the log does not tell", what)
		}
	}
	p.room.calls = nil
	if _, err := p.sites.CreateSite(t.Context(), create("Plant")); err != nil {
		t.Errorf("nothing was kept, yet: %v", err)
	}
}
