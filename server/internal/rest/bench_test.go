package rest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1/sitesv1connect"
)

// still answers the same site at once, so that nothing but the way there is measured.
type still struct {
	sitesv1connect.UnimplementedSiteServiceHandler
	site *sitesv1.Site
}

func (s still) GetSite(context.Context, *sitesv1.GetSiteRequest) (*sitesv1.Site, error) {
	return s.site, nil
}

// sink is a ResponseWriter that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Flush()                      {}

// BenchmarkGet compares the ways to the same method, without a network: what REST costs over Connect.
func BenchmarkGet(b *testing.B) {
	svc := still{site: &sitesv1.Site{Id: "0199c8d0-0000-7000-8000-000000000001", Version: 3, Name: "Plant", Status: "active", Address: proto.String("a road")}}
	path, handler := sitesv1connect.NewSiteServiceHandler(svc, connect.WithReadMaxBytes(1<<20))
	s, err := New(Config{Services: []Service{{Path: path, Handler: handler}}, Chain: door{}})
	if err != nil {
		b.Fatal(err)
	}
	run := func(b *testing.B, method, target, contentType string, body []byte) {
		b.ReportAllocs()
		u, err := url.Parse(target)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			at := *u
			r := &http.Request{Method: method, URL: &at, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Host: "localhost", Body: http.NoBody, Header: http.Header{
				"User-Agent": {"bench"}, "Authorization": {"Bearer x"}, "X-Request-Id": {requestID},
			}}
			if body != nil {
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
				r.Header["Content-Type"] = []string{contentType}
			}
			s.ServeHTTP(&sink{http.Header{}}, r.WithContext(b.Context()))
		}
	}
	binary, err := proto.Marshal(&sitesv1.GetSiteRequest{Id: svc.site.GetId()})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("connect", func(b *testing.B) {
		run(b, "POST", "/holdfast.sites.v1.SiteService/GetSite", "application/proto", binary)
	})
	b.Run("connect_json", func(b *testing.B) {
		run(b, "POST", "/holdfast.sites.v1.SiteService/GetSite", "application/json", []byte(`{"id":"0199c8d0-0000-7000-8000-000000000001"}`))
	})
	b.Run("rest", func(b *testing.B) { run(b, "GET", one, "", nil) })
	b.Run("rest_error", func(b *testing.B) { run(b, "GET", "/api/v1/sites/x/history", "", nil) })
}
