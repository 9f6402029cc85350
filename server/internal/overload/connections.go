package overload

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

// Connections follows what net/http says about its connections: which of them wait for a header.
type Connections struct {
	headers Slow
	// Trusted are proxies: their connections carry everybody's requests and are not counted.
	Trusted []netip.Prefix
	known   sync.Map // net.Conn → *Connection
}

// Connection is one of them.
type Connection struct {
	conn    net.Conn
	network string // empty is not counted
	mu      sync.Mutex
	arrival *Arrival
	refused atomic.Pointer[refusal]
}

type refusal struct {
	line  Line
	until time.Time
}

type connectionKey struct{}

// ConnContext is http.Server's: requests find the connection that they came by.
func (c *Connections) ConnContext(ctx context.Context, conn net.Conn) context.Context {
	n := &Connection{conn: conn}
	if at, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil && !c.trusts(at.Addr().Unmap()) {
		n.network = Network(at.Addr().String())
	}
	c.known.Store(conn, n)
	return context.WithValue(ctx, connectionKey{}, n)
}

func (c *Connections) trusts(ip netip.Addr) bool {
	for _, p := range c.Trusted {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// ConnState is http.Server's: a connection that is new, or on which the next request has begun, waits for a header.
func (c *Connections) ConnState(conn net.Conn, state http.ConnState) {
	found, ok := c.known.Load(conn)
	if !ok {
		return
	}
	n := found.(*Connection) //nolint:forcetypeassert // it holds nothing else
	switch state {
	case http.StateNew, http.StateActive:
		n.await(&c.headers)
	case http.StateIdle:
		n.Arrived()
	case http.StateHijacked, http.StateClosed:
		n.Arrived()
		c.known.Delete(conn)
	}
}

func (n *Connection) await(headers *Slow) {
	if n.network == "" {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.arrival == nil {
		n.arrival = headers.Begin(n.network, func() { go func() { _ = n.conn.Close() }() })
	}
}

// Arrived notes that the header is whole.
func (n *Connection) Arrived() {
	if n == nil || n.network == "" {
		return
	}
	n.mu.Lock()
	a := n.arrival
	n.arrival = nil
	n.mu.Unlock()
	a.Done()
}

// ConnectionOf is the connection that a request came by, or nil.
func ConnectionOf(ctx context.Context) *Connection {
	n, _ := ctx.Value(connectionKey{}).(*Connection)
	return n
}

// Refuse remembers that a call of this line was told to come again after some time.
func (n *Connection) Refuse(line Line, after time.Duration) {
	if n != nil {
		n.refused.Store(&refusal{line, clock.System.Now().Add(after)})
	}
}

// Early tells whether a call of this line comes before it was told to.
func (n *Connection) Early(line Line) bool {
	if n == nil {
		return false
	}
	r := n.refused.Load()
	return r != nil && r.line == line && clock.System.Now().Before(r.until)
}
