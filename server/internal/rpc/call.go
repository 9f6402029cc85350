package rpc

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/overload"
)

// call is what the door knows of one HTTP request. It is also its response writer, to see the status, and the notes for
// the journal.
type call struct {
	viewer.Call
	http.ResponseWriter
	started time.Time
	method  string // the procedure or the route, as the log shows it
	who     *viewer.Viewer
	fault   *fault.Error // the last refusal
	code    string
	status  int
	charged bool // the limit has counted it
	api     bool // not a page of the web client

	answer     *overload.Answer // is the ResponseWriter
	body       *overload.Body
	network    string        // of the address
	line       overload.Line // that it has waited in
	credential overload.Line // that of its credential, whether it was verified or not; 0 has none
	slot       *overload.Slot
	ticket     *overload.Ticket // has the slot of a stream
	leave      func()           // gives back the place of a large answer
}

type callKey struct{}

func callOf(ctx context.Context) *call {
	if c, _ := ctx.Value(callKey{}).(*call); c != nil {
		return c
	}
	return &call{started: clock.System.Now()}
}

// FaultOf is the fault that the call behind the door was refused with, or nil. It saves the REST side from reading it
// back out of a protocol's error.
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

// forAPI tells the paths of the API from those of pages.
func forAPI(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/internal/") || strings.HasPrefix(path, "/holdfast.") || strings.HasPrefix(path, "/grpc.")
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
