package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/protobuf/proto"

	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Live is where WebSockets get their events.
type Live interface {
	// Follow sends what happens on a channel, such as "security", until the context ends, send fails, the caller's
	// session ends (fault.Unauthenticated) or the server stops (fault.Unavailable). data is a message of the contract
	// or what encoding/json takes.
	Follow(ctx context.Context, channel string, send func(kind string, data any) error) error
}

// channels are the WebSockets that exist, each at /api/ws/<name>.
var channels = []string{"security", "vpn"}

const (
	sendWithin = 10 * time.Second // a caller who takes longer to read is gone
	pingEvery  = 30 * time.Second
)

func (s *Server) socketRoutes() {
	s.sockets = map[string]func(http.ResponseWriter, *http.Request) error{}
	if s.cfg.Live == nil {
		return
	}
	access := &accessv1.Access{Rule: &accessv1.Access_SignedIn{SignedIn: true}}
	for _, channel := range channels {
		s.sockets["/api/ws/"+channel] = s.cfg.Chain.Wrap(access, "GET /api/ws/"+channel, true, func(w http.ResponseWriter, r *http.Request) error {
			return s.follow(w, r, channel)
		})
	}
}

// serveSocket opens a WebSocket. Browsers cannot set headers on one, so the token comes as a parameter; it is taken off
// the address before anything can log it.
func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	open := s.sockets[strings.TrimRight(r.URL.Path, "/")]
	if open == nil {
		s.fail(w, r, noSuchPath(), nil)
		return
	}
	query := r.URL.Query()
	tokens := query["token"]
	query.Del("token")
	r.URL.RawQuery = query.Encode()
	r.RequestURI = r.URL.RequestURI()
	r.Header.Del("Authorization") // one kind of credential here
	var err error
	switch {
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		err = fault.NotAllowed(http.MethodGet)
	case len(query) > 0 || len(tokens) > 1:
		err = fault.Malformed("the only parameter here is token, once")
	case !slices.Contains(headerWords(r.Header, "Upgrade"), "websocket"):
		w.Header().Set("Upgrade", "websocket")
		err = fault.Malformed("this path is a WebSocket: ask for an upgrade")
	case !s.ownOrigin(r):
		err = fault.Denied("foreign_origin", "pages of this origin may not open a WebSocket here")
	}
	if err == nil {
		if len(tokens) == 1 && tokens[0] != "" {
			r.Header.Set("Authorization", "Bearer "+tokens[0])
		}
		err = open(w, r)
	}
	if err != nil {
		s.fail(w, r, err, nil)
	}
}

func headerWords(h http.Header, name string) []string {
	var out []string
	for _, line := range h.Values(name) {
		for w := range strings.SplitSeq(line, ",") {
			out = append(out, strings.ToLower(strings.TrimSpace(w)))
		}
	}
	return out
}

// ownOrigin tells whether a page may open a WebSocket: one of this host, of the public address, or of an allowed
// origin. Programs send no Origin.
func (s *Server) ownOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" {
		return false
	}
	if public, err := url.Parse(s.cfg.PublicURL); err == nil && strings.EqualFold(u.Host, public.Host) {
		return true
	}
	return strings.EqualFold(u.Host, r.Host) || slices.Contains(s.cfg.CORSOrigins, origin)
}

// frame is what a WebSocket sends.
type frame struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// follow sends a channel's events as long as somebody listens. What goes wrong after the upgrade is said by the close
// code.
func (s *Server) follow(w http.ResponseWriter, r *http.Request, channel string) error {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // ownOrigin has looked
	if err != nil {
		return nil //nolint:nilerr // Accept has answered
	}
	defer func() { _ = conn.CloseNow() }()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	// when the request's context ends, the close code can still be said
	gone := conn.CloseRead(context.WithoutCancel(ctx))
	defer context.AfterFunc(gone, cancel)()
	go keepAlive(ctx, cancel, conn)
	err = s.cfg.Live.Follow(ctx, channel, func(kind string, data any) error {
		b, err := frameOf(kind, data)
		if err != nil {
			return err
		}
		within, done := context.WithTimeout(ctx, sendWithin)
		defer done()
		return conn.Write(within, websocket.MessageText, b)
	})
	code, why := websocket.StatusNormalClosure, ""
	switch f := fault.Of(err); {
	case f != nil && f.Code() == fault.UnauthenticatedC:
		code, why = websocket.StatusPolicyViolation, "unauthenticated"
	case f != nil && f.Code() == fault.UnavailableCode:
		code, why = websocket.StatusGoingAway, "unavailable"
	case f != nil && f.Code() != fault.Internal:
		code, why = websocket.StatusPolicyViolation, f.Reason
	case err != nil && ctx.Err() == nil:
		code, why = websocket.StatusInternalError, "internal"
	}
	_ = conn.Close(code, why)
	return nil
}

// keepAlive finds out that a caller is gone without a word.
func keepAlive(ctx context.Context, gone context.CancelFunc, conn *websocket.Conn) {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		within, done := context.WithTimeout(ctx, sendWithin)
		err := conn.Ping(within)
		done()
		if err != nil {
			gone()
			return
		}
	}
}

func frameOf(kind string, data any) ([]byte, error) {
	f := frame{Type: kind}
	var err error
	if m, ok := data.(proto.Message); ok {
		f.Data, err = AppendJSON(nil, m)
	} else {
		f.Data, err = json.Marshal(data)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(f)
}
