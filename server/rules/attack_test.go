package rules_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"connectrpc.com/connect"

	feedv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1/feedv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/internal/overload"
)

const (
	attackFor   = 4 * time.Second
	attackers   = 80 // of each kind: more than there are slots on two processors
	goodWithin  = 5 * time.Second
	goodPercent = 95
)

// attack is what is done to a house until the context ends.
type attack struct {
	t       *testing.T
	h       *housetest.House
	at      string
	refused atomic.Int64 // sockets
	opened  atomic.Int64
}

// on opens many connections, on each of which something is said.
func (a *attack) on(ctx context.Context, all *sync.WaitGroup, say func(ctx context.Context, i int, conn net.Conn)) {
	for i := range attackers {
		all.Go(func() {
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", a.at)
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
			say(ctx, i, conn)
			<-ctx.Done()
		})
	}
}

func (a *attack) unfinishedHeaders(_ context.Context, _ int, conn net.Conn) {
	_, _ = io.WriteString(conn, "GET /api/v1/sites HTTP/1.1\r\nHost: x\r\nX-Long: ")
}

func (a *attack) unfinishedBodies(_ context.Context, i int, conn net.Conn) {
	_, _ = fmt.Fprintf(conn, "POST /api/v1/sites HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer invented%d\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{", i)
}

func (a *attack) drip(ctx context.Context, i int, conn net.Conn) {
	a.unfinishedBodies(ctx, i, conn)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := io.WriteString(conn, " "); err != nil {
				return
			}
		}
	}
}

// unread asks over and over and reads no answer.
func (a *attack) unread(_ context.Context, _ int, conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(1)
	}
	ask := "GET /api/v1/assets?per_page=100 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + a.h.Viewer.Credential() + "\r\n\r\n"
	_, _ = io.WriteString(conn, strings.Repeat(ask, 50))
}

// socket opens a WebSocket of one session, and reads nothing but whether it may.
func (a *attack) socket(_ context.Context, _ int, conn net.Conn) {
	_, _ = fmt.Fprintf(conn, "GET /api/ws/security?token=%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", url.QueryEscape(a.h.Editor.Credential()))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return
	}
	switch res.StatusCode {
	case http.StatusSwitchingProtocols:
		a.opened.Add(1)
	case http.StatusTooManyRequests:
		a.refused.Add(1)
	}
}

// invented sends whole requests with credentials that do not exist, as fast as they are answered.
func (a *attack) invented(ctx context.Context, i int, conn net.Conn) {
	answers := bufio.NewReader(conn)
	for n := 0; ctx.Err() == nil; n++ {
		_, _ = fmt.Fprintf(conn, "GET /api/v1/sites HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hf_invented_%d_%d\r\n\r\n", i, n)
		res, err := http.ReadResponse(answers, nil)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, res.Body)
	}
}

// streams opens them over one connection, and reads none.
func (a *attack) streams(ctx context.Context, all *sync.WaitGroup) {
	client := feedv1connect.NewFeedServiceClient(a.h.Viewer.H2, a.h.URL)
	for range attackers {
		all.Go(func() {
			s, err := client.Watch(ctx, &feedv1.WatchRequest{})
			if err != nil {
				return
			}
			<-ctx.Done()
			_ = s.Close()
		})
	}
}

// TestSlowAndSilentCallers: whatever connections and streams do that do not finish, do not read, or are not who they
// say, somebody who is signed in gets good answers.
func TestSlowAndSilentCallers(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for _, c := range []*housetest.Caller{h.Admin, h.Editor, h.Viewer} {
			c.Credential()
		}
		for i := range 20 {
			h.Admin.JSON("POST", "/api/v1/assets", fmt.Sprintf(`{"name": "Asset %d", "asset_type": "plc", "description": %q}`, i, strings.Repeat("long ", 300)), http.StatusCreated, nil)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var all sync.WaitGroup
		a := &attack{t: t, h: h, at: strings.TrimPrefix(h.URL, "http://")}
		for _, say := range []func(context.Context, int, net.Conn){a.unfinishedHeaders, a.unfinishedBodies, a.drip, a.unread, a.socket, a.invented} {
			a.on(ctx, &all, say)
		}
		a.streams(ctx, &all)
		var good, bad atomic.Int64
		var callers sync.WaitGroup
		until := clock.System.Now().Add(attackFor)
		token := h.Admin.Credential()
		client := &http.Client{Timeout: goodWithin}
		for range 4 {
			callers.Go(func() {
				for clock.System.Now().Before(until) {
					req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.URL+"/api/v1/sites", nil)
					if err != nil {
						t.Error(err)
						return
					}
					req.Header.Set("Authorization", "Bearer "+token)
					res, err := client.Do(req)
					if err != nil {
						bad.Add(1)
						continue
					}
					_, err = io.Copy(io.Discard, res.Body)
					_ = res.Body.Close()
					if err == nil && res.StatusCode == http.StatusOK {
						good.Add(1)
					} else {
						bad.Add(1)
					}
				}
			})
		}
		callers.Wait()
		stop()
		all.Wait()
		t.Logf("%d good answers, %d others; %d sockets were opened, %d refused", good.Load(), bad.Load(), a.opened.Load(), a.refused.Load())
		// one of few may be anything's fault
		if n, m := good.Load(), bad.Load(); n == 0 || m > 1 && 100*n < goodPercent*(n+m) {
			t.Errorf("%d of %d answers were good", n, n+m)
		}
		if n := a.opened.Load(); n > overload.StreamsPerPerson {
			t.Errorf("one session has %d sockets", n)
		}
	})
}

// TestStreamsOfOnePersonAreLimited: sockets and streams together, whatever sessions they come from.
func TestStreamsOfOnePersonAreLimited(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	at := strings.TrimPrefix(h.URL, "http://")
	open := func() (int, net.Conn) {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_, _ = fmt.Fprintf(conn, "GET /api/ws/security?token=%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", url.QueryEscape(h.Editor.Credential()))
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, conn
	}
	var last net.Conn
	for i := range overload.StreamsPerPerson {
		var status int
		if status, last = open(); status != http.StatusSwitchingProtocols {
			t.Fatalf("the %d. socket: %d", i+1, status)
		}
	}
	if status, _ := open(); status != http.StatusTooManyRequests {
		t.Errorf("one more: %d", status)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s, err := feedv1connect.NewFeedServiceClient(h.Editor.H2, h.URL).Watch(ctx, &feedv1.WatchRequest{})
	if err == nil {
		for s.Receive() {
			t.Fatal("one more stream is opened")
		}
		err = s.Err()
	}
	if connect.CodeOf(err) != connect.CodeResourceExhausted {
		t.Errorf("one more stream: %v", err)
	}
	_ = last.Close()
	for began := clock.System.Now(); ; time.Sleep(20 * time.Millisecond) {
		if status, _ := open(); status == http.StatusSwitchingProtocols {
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatal("a closed socket still counts")
		}
	}
}
