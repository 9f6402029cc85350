package rpc

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// call is what the door knows of one HTTP request. It is also its response writer, to see the status, and the notes for the journal.
type call struct {
	viewer.Call
	http.ResponseWriter
	started time.Time
	method  string // the procedure or the route, as the log shows it
	who     *viewer.Viewer
	fault   *fault.Error // the last refusal
	code    string
	status  int
	charged bool    // the limit has counted it
	slot    *caller // holds a place among the calls for it
	api     bool    // not a page of the web client
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	if c, _ := ctx.Value(callKey{}).(*call); c != nil {
		return c
	}
	return &call{started: clock.System.Now()}
}

// FaultOf is the fault that the call behind the door was refused with, or nil. It saves the REST side from reading it back out of a
// protocol's error.
func FaultOf(ctx context.Context) *fault.Error { return callOf(ctx).fault }

// RequestID names the request in the answer, the log and the journal.
func RequestID(ctx context.Context) string { return callOf(ctx).RequestID }

func (c *call) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *call) Write(b []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	return c.ResponseWriter.Write(b)
}

// Flush is there for streams.
func (c *call) Flush() {
	if f, ok := c.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// Hijack is there for WebSockets.
func (c *call) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c.status = http.StatusSwitchingProtocols
	return http.NewResponseController(c.ResponseWriter).Hijack()
}

// Unwrap is there for http.ResponseController.
func (c *call) Unwrap() http.ResponseWriter { return c.ResponseWriter }

var noStore = []string{"no-store"}

// Handler puts the outermost steps around everything that speaks the API: admission, request id, recovery, one line in the log.
func (d *Door) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{ResponseWriter: w, started: clock.System.Now(), api: forAPI(r.URL.Path)}
		c.IP = d.address(r.RemoteAddr, r.Header["X-Forwarded-For"])
		if c.api && !d.free(r.URL.Path) {
			if !d.admit(c, r) {
				d.sendAway(w, r)
				return
			}
			defer d.release(c)
		}
		c.RequestID, c.UserAgent = requestID(r.Header), clip(r.Header.Get("User-Agent"))
		header := w.Header()
		header["X-Request-Id"] = []string{c.RequestID}
		if c.api {
			header["Cache-Control"] = noStore
		}
		ctx := viewer.WithCall(context.WithValue(r.Context(), callKey{}, c), &c.Call)
		if d.Clock != nil {
			ctx = clock.With(ctx, d.Clock)
		}
		job := work{next, c, r.WithContext(ctx)}
		if c.slot != nil && d.crowded() {
			d.crew.serve(d, job)
			return
		}
		d.serve(job)
	})
}

// forAPI tells the paths of the API from those of pages.
func forAPI(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/internal/") || strings.HasPrefix(path, "/holdfast.") || strings.HasPrefix(path, "/grpc.")
}

// finish recovers from a panic and writes the line.
func (d *Door) finish(c *call, r *http.Request) {
	if p := recover(); p != nil {
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		d.Log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.Any("panic", p), slog.String("request_id", c.RequestID), slog.String("stack", string(debug.Stack())))
		if c.status == 0 {
			d.refuse(c, r, fault.Broken())
		}
	}
	if !c.api || d.exempt[r.URL.Path] {
		return
	}
	if c.method == "" {
		c.method = "(no route)"
	}
	if c.code == "" && c.status == http.StatusOK && d.plans["/"+c.method] != nil {
		c.code = "invalid_argument" // a message that could not be read: gRPC says so in a trailer
	} else if c.code == "" {
		c.code = codeOfStatus(c.status)
	}
	took := time.Since(c.started)
	d.measure.call(r.Context(), c.method, c.code, took)
	if !d.Log.Enabled(r.Context(), slog.LevelInfo) {
		return
	}
	attrs := [8]slog.Attr{
		slog.String("method", c.method), slog.String("code", c.code), slog.Int("status", c.status),
		slog.Int64("us", took.Microseconds()), slog.String("request_id", c.RequestID), slog.String("ip", c.IP),
	}
	n := 6
	if c.who != nil {
		attrs[n], attrs[n+1] = slog.String("tenant", c.who.TenantID.String()), slog.String("person", c.who.PersonID.String())
		n += 2
	}
	d.Log.LogAttrs(r.Context(), slog.LevelInfo, "call", attrs[:n]...)
}

// refuse answers a fault before any protocol handler has taken the request.
func (d *Door) refuse(c *call, r *http.Request, f *fault.Error) {
	c.fault, c.code = f, connect.Code(f.Code()).String()
	if d.plans[r.URL.Path] != nil && d.writer.IsSupported(r) {
		_ = d.writer.Write(c, r, toConnect(f, nil, nil, c.RequestID))
		return
	}
	d.problem(c, r, f)
}

// problem answers a fault on REST.
func (d *Door) problem(w http.ResponseWriter, r *http.Request, f *fault.Error) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", seconds(f.RetryAfter))
	}
	d.Problem(w, r, f)
}

func plainText(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
	http.Error(w, f.Reason+": "+f.Message, f.Status())
}

// requestID takes the caller's if it is a UUID, or makes a new one.
func requestID(h http.Header) string {
	return validID(h.Get("X-Request-Id"))
}

func validID(given string) string {
	if len(given) == 36 {
		if id, err := uuid.Parse(given); err == nil {
			return id.String()
		}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.Nil.String() // no randomness: the machine is in deeper trouble than a request without a name
	}
	return id.String()
}

// address is the caller's: the socket's, unless that is a proxy we trust to name another.
func (d *Door) address(remote string, forwarded []string) string {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return ""
	}
	ip := at.Addr().Unmap().WithZone("")
	if len(d.TrustedProxies) == 0 || !d.trusts(ip) {
		return ip.String()
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		if ip = next.Unmap().WithZone(""); !d.trusts(ip) {
			break
		}
	}
	return ip.String()
}

func (d *Door) trusts(ip netip.Addr) bool {
	for _, p := range d.TrustedProxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// clip makes a header fit to be kept.
func clip(s string) string {
	if len(s) > 300 {
		s = s[:300]
	}
	return strings.ToValidUTF8(s, "?")
}

// codeOfStatus names the outcome of what no RPC handler has answered.
func codeOfStatus(status int) string {
	switch {
	case status < 400:
		return "ok"
	case status == 400, status == 406, status == 415, status == 422:
		return "invalid_argument"
	case status == 401:
		return "unauthenticated"
	case status == 403:
		return "permission_denied"
	case status == 404:
		return "not_found"
	case status == 405:
		return "unimplemented"
	case status == 409, status == 410, status == 412:
		return "failed_precondition"
	case status == 413, status == 429:
		return "resource_exhausted"
	case status == 500:
		return "internal"
	}
	return "unavailable"
}
