package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1/sitesv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// sites is a service at the edge of this package's world: it keeps sites in memory.
type sites struct {
	sitesv1connect.UnimplementedSiteServiceHandler
	mu    sync.Mutex
	kept  []*sitesv1.Site
	calls []string
	last  proto.Message

	inside string
}

func (s *sites) note(name string, in proto.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.last = append(s.calls, name), in
}

func (s *sites) find(id string) (*sitesv1.Site, error) {
	for _, site := range s.kept {
		if site.GetId() == id {
			return site, nil
		}
	}
	return nil, fault.NotFound("site")
}

func (s *sites) GetSite(ctx context.Context, in *sitesv1.GetSiteRequest) (*sitesv1.Site, error) {
	s.note("GetSite", in)
	s.inside, _ = ctx.Value(inside{}).(string)
	if in.GetId() == "panic" {
		return nil, errors.New("secret words of the database")
	}
	return s.find(in.GetId())
}

func (s *sites) ListSites(_ context.Context, in *sitesv1.ListSitesRequest) (*sitesv1.ListSitesResponse, error) {
	s.note("ListSites", in)
	if in.GetQ() == "broken" {
		return nil, fault.Unavailable(3*time.Second, "the database is away")
	}
	if in.Cursor == nil {
		return &sitesv1.ListSitesResponse{Items: s.kept[:min(2, len(s.kept))], Total: int32(len(s.kept)), Page: 1, PerPage: 25, Pages: 1}, nil
	}
	from, _ := strconv.Atoi(in.GetCursor())
	if from > len(s.kept) {
		return nil, fault.Unavailable(time.Second, "the database went away")
	}
	to := min(from+2, len(s.kept))
	out := &sitesv1.ListSitesResponse{Items: s.kept[from:to], Total: -1, Pages: -1, PerPage: in.GetPerPage()}
	if to < len(s.kept) {
		out.NextCursor = strconv.Itoa(to)
		if in.GetQ() == "breaks" {
			out.NextCursor = "99"
		}
	}
	return out, nil
}

func (s *sites) CreateSite(_ context.Context, in *sitesv1.CreateSiteRequest) (*sitesv1.Site, error) {
	s.note("CreateSite", in)
	if in.GetSite().GetName() == "" {
		return nil, fault.Invalid("name", "must not be empty")
	}
	site := proto.CloneOf(in.GetSite())
	site.Id, site.Version = "0199c8d0-0000-7000-8000-000000000009", 1
	return site, nil
}

func (s *sites) UpdateSite(_ context.Context, in *sitesv1.UpdateSiteRequest) (*sitesv1.Site, error) {
	s.note("UpdateSite", in)
	site, err := s.find(in.GetSite().GetId())
	if err != nil {
		return nil, err
	}
	site = proto.CloneOf(site)
	site.Version++
	return site, nil
}

func (s *sites) DeleteSite(_ context.Context, in *sitesv1.DeleteSiteRequest) (*emptypb.Empty, error) {
	s.note("DeleteSite", in)
	if in.GetVersion() == 7 {
		return nil, fault.StaleMatch()
	}
	return &emptypb.Empty{}, nil
}

// door does, for these tests, what the front door does: rules, errors and headers.
type door struct{ rules protovalidate.Validator }

func (d door) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		var broken *protovalidate.ValidationError
		if err := d.rules.Validate(req.Any().(proto.Message)); errors.As(err, &broken) {
			e := connect.NewError(connect.CodeInvalidArgument, err) //nolint:forbidigo // this is the door
			addDetail(e, broken.ToProto())
			return nil, e
		}
		res, err := next(ctx, req)
		if err != nil {
			return nil, spoken(err)
		}
		if m, ok := res.Any().(interface {
			GetVersion() int32
			GetId() string
		}); ok {
			res.Header().Set("ETag", fmt.Sprintf(`"%d"`, m.GetVersion()))
			if strings.Contains(req.Spec().Procedure, "/Create") {
				res.Header().Set("Location", "/api/v1/sites/"+m.GetId())
			}
		}
		return res, nil
	}
}

func (door) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

func (door) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// gated is a door that asks before a request is read; it lets in who says so.
type gated struct{ door }

type inside struct{}

func (gated) Authorize(ctx context.Context, procedure string, header http.Header) (context.Context, error) {
	if header.Get("Authorization") != "Bearer good" {
		return nil, fault.Unauthenticated()
	}
	return context.WithValue(ctx, inside{}, procedure), nil
}

func (door) Wrap(access *accessv1.Access, _ string, _ bool, h func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if !access.GetPublic() && r.Header.Get("Authorization") != "Bearer good" {
			return spoken(fault.Unauthenticated())
		}
		if err := h(w, r); err != nil {
			return spoken(err)
		}
		return nil
	}
}

func addDetail(e *connect.Error, m proto.Message) {
	if d, err := connect.NewErrorDetail(m); err == nil {
		e.AddDetail(d)
	}
}

// spoken writes a fault the way it travels.
func spoken(err error) error {
	f := fault.Of(err)
	if f == nil {
		return connect.NewError(connect.CodeInternal, err) //nolint:forbidigo // this is the door
	}
	e := connect.NewError(connect.Code(f.Code()), errors.New(f.Message)) //nolint:forbidigo // this is the door
	info := &errdetails.ErrorInfo{Reason: f.Reason, Domain: "holdfast", Metadata: map[string]string{}}
	if f.Status() != usual(connect.Code(f.Code())) {
		info.Metadata["status"] = strconv.Itoa(f.Status())
	}
	for k, v := range f.Meta {
		info.Metadata[k] = v
	}
	addDetail(e, info)
	if len(f.Fields) > 0 {
		v := &validate.Violations{}
		for name, text := range f.Fields {
			v.Violations = append(v.Violations, &validate.Violation{
				Field:   &validate.FieldPath{Elements: []*validate.FieldPathElement{{FieldName: proto.String(name)}}},
				Message: proto.String(text),
			})
		}
		addDetail(e, v)
	}
	if f.RetryAfter > 0 {
		e.Meta().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Seconds())))
	}
	return e
}

var (
	anybody  = &accessv1.Access{Rule: &accessv1.Access_Public{Public: true}}
	signedIn = &accessv1.Access{Rule: &accessv1.Access_SignedIn{SignedIn: true}}
)

const requestID = "0199c8d0-5e5a-7c3e-9d43-111111111111"

type house struct {
	t     *testing.T
	url   string
	sites *sites
	clock *clock.Manual
}

// setup serves the fake service, changed by options.
func setup(t *testing.T, options ...func(*Config)) *house {
	t.Helper()
	svc := &sites{}
	for i := range 5 {
		site := &sitesv1.Site{
			Id: fmt.Sprintf("0199c8d0-0000-7000-8000-00000000000%d", i), Version: 3, Name: "Plant " + strconv.Itoa(i), Status: "active",
			CreatedAt: timestamppb.New(time.Date(2026, 1, 31, 12, 0, i, 123456789, time.UTC)), UpdatedAt: timestamppb.New(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)),
		}
		if i == 1 {
			site.Name, site.Address = "=1+1", proto.String("a \"quoted\" road, 5\nü € 𝄞 <b>")
		}
		svc.kept = append(svc.kept, site)
	}
	rules, err := protovalidate.New()
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	path, handler := sitesv1connect.NewSiteServiceHandler(svc, connect.WithInterceptors(door{rules}), connect.WithReadMaxBytes(1<<20))
	cfg := Config{
		Services: []Service{{Path: path, Handler: handler}}, Chain: door{rules}, Clock: c,
		LegacySunset: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
		Plain: []Route{
			Plain("GET", "/api/v1/sites/export", signedIn, func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "text/csv")
				_, err := w.Write([]byte("id\r\n"))
				return err
			}, Reads(), Gives(200, "text/csv"), Param("dry_run", "boolean", "only look")),
			Plain("POST", "/api/v1/sites/{id}/upload", anybody, func(w http.ResponseWriter, r *http.Request) error {
				b, err := io.ReadAll(r.Body)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(w, "%s: %d bytes", r.PathValue("id"), len(b))
				return err
			}, Takes("text/plain", 16), Gives(201, "text/plain")),
			Plain("GET", "/api/v1/report", anybody, func(http.ResponseWriter, *http.Request) error {
				return fault.Missing("artifact_missing", "the file a.pdf is gone")
			}, Makes()),
			Plain("POST", "/internal/license/refresh", anybody, func(w http.ResponseWriter, _ *http.Request) error {
				w.WriteHeader(http.StatusNoContent)
				return nil
			}),
		},
	}
	for _, o := range options {
		o(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	return &house{t: t, url: srv.URL, sites: svc, clock: c}
}

// do sends a request; headers are "Name: value".
func (h *house) do(method, path, body string, headers ...string) (int, http.Header, string) {
	h.t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, in)
	if err != nil {
		h.t.Fatal(err)
	}
	if body != "" && !slices.ContainsFunc(headers, func(s string) bool { return strings.HasPrefix(s, "Content-Type:") }) {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("X-Request-Id", requestID)
	for _, line := range headers {
		k, v, _ := strings.Cut(line, ": ")
		r.Header.Add(k, v)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return res.StatusCode, res.Header, "broken: " + err.Error()
	}
	return res.StatusCode, res.Header, string(b)
}
