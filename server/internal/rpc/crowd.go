package rpc

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// A request has waited before the door sees it, in the socket and for a processor, and longest where calls need nothing but processors:
// then slots are never short, and all waiting is out there. So the age of requests counts, where it has been high for a while.
const (
	lasting = 250 * time.Millisecond // that all requests are old, before they are sent away for it
	calm    = time.Second            // without an old one, after which they no longer are
)

// crowd looks after the connections. With fewer than slots there can be no excess of calls, and their age is not looked at.
type crowd struct {
	open atomic.Int64
	old  atomic.Int64 // since when all requests are old, in nanoseconds since 1970; 0 where the last was not
	late atomic.Int64 // when one was old last
	shed atomic.Bool
}

type wireKey struct{}

// Connected makes a connection known to the calls over it; it is a server's ConnContext.
func (d *Door) Connected(ctx context.Context, c net.Conn) context.Context {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	if w, ok := c.(*wire); ok {
		return context.WithValue(ctx, wireKey{}, w)
	}
	return ctx
}

// Count counts the open connections; it is a server's ConnState.
func (d *Door) Count(c net.Conn, state http.ConnState) {
	switch state {
	case http.StateIdle:
		if w, ok := c.(*wire); ok && w.plain {
			w.done = true
		}
	case http.StateNew:
		d.crowd.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		d.crowd.open.Add(-1)
	}
}

// crowded tells whether there are more connections than slots.
func (d *Door) crowded() bool { return d.crowd.open.Load() > int64(d.slots.all) }

// see takes note of a request's age and gives it back, but not one that is beyond patience as long as that has not lasted.
func (c *crowd) see(now time.Time, old time.Duration) time.Duration {
	at := now.UnixNano()
	if old < patience {
		c.old.Store(0)
		if c.shed.Load() && at-c.late.Load() > int64(calm) {
			c.shed.Store(false)
		}
		return old
	}
	if c.old.Load() == 0 || at-c.late.Load() > int64(lasting) {
		c.old.Store(at)
	}
	c.late.Store(at)
	if at-c.old.Load() > int64(lasting) {
		c.shed.Store(true)
	}
	if c.shed.Load() {
		return old
	}
	return patience - together
}
