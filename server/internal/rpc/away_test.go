package rpc_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1/sitesv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
)

// full is a door whose only slot is taken, for as long as the test lasts.
func full(t *testing.T) *place {
	t.Helper()
	p := build(t, dbtest.SQLite(t), func(c *rpc.Config) {
		c.InFlight = 1
		c.Problem = func(w http.ResponseWriter, r *http.Request, f *fault.Error) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(f.Status())
			_ = json.NewEncoder(w).Encode(map[string]string{"reason": f.Reason, "request_id": viewer.CallOf(r.Context()).RequestID})
		}
	})
	entered, leave, left := make(chan bool), make(chan bool), make(chan error)
	p.room.calls = func(context.Context) error {
		entered <- true
		<-leave
		return nil
	}
	go func() {
		_, err := p.sites.CreateSite(context.WithoutCancel(t.Context()), create("Plant"))
		left <- err
	}()
	<-entered
	t.Cleanup(func() {
		close(leave)
		if err := <-left; err != nil {
			t.Errorf("the one with the slot: %v", err)
		}
	})
	return p
}

func TestSentAwayInEveryProtocol(t *testing.T) {
	t.Parallel()
	p := full(t)
	h2 := &http.Transport{Protocols: new(http.Protocols)}
	h2.Protocols.SetUnencryptedHTTP2(true)
	for what, options := range map[string][]connect.ClientOption{
		"connect": nil, "json": {connect.WithProtoJSON()}, "get": {connect.WithHTTPGet()}, "grpc": {connect.WithGRPC()}, "grpc-web": {connect.WithGRPCWeb()},
	} {
		for over, transport := range map[string]http.RoundTripper{"1": http.DefaultTransport, "2": h2} {
			if what == "grpc" && over == "1" {
				continue
			}
			c := sitesv1connect.NewSiteServiceClient(&http.Client{Transport: bearer{transport, "bob"}}, p.url, options...)
			ctx, info := connect.NewClientContext(t.Context())
			_, err := c.GetSite(ctx, &sitesv1.GetSiteRequest{Id: uuid.NewString()})
			wantCode(t, what+" over HTTP/"+over, err, connect.CodeUnavailable, "unavailable")
			after := info.ResponseHeader().Get("Retry-After")
			if after == "" {
				after = info.ResponseTrailer().Get("Retry-After")
			}
			if after != "1" {
				t.Errorf("%s over HTTP/%s: Retry-After %q", what, over, after)
			}
		}
	}
	if strings.Contains(p.log.String(), `"unavailable"`) {
		t.Errorf("each has its line in the log: %s", p.log)
	}
}

// TestSentAwayUnread: a problem on REST, before the body has come.
func TestSentAwayUnread(t *testing.T) {
	t.Parallel()
	p := full(t)
	id := uuid.NewString()
	body, sent := io.Pipe()
	defer func() { _ = sent.Close() }()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/api/v1/anything", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Request-Id", id)
	go func() { _, _ = sent.Write([]byte("the beginning")) }()
	began := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second { // promised are 50 ms; the machine may be busy
		t.Errorf("it took %v", took)
	}
	h := res.Header
	if res.StatusCode != http.StatusServiceUnavailable || h.Get("Retry-After") != "1" || h.Get("Content-Type") != "application/problem+json" ||
		h.Get("X-Request-Id") != id || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", res.StatusCode, h)
	}
	if want := []byte(`{"reason":"unavailable","request_id":"` + id + `"}`); !bytes.Equal(bytes.TrimSpace(text), want) {
		t.Errorf("%s", text)
	}
}
