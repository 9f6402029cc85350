package rpc

import (
	"hash/maphash"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

// wire is an accepted connection. In a crowd, requests over HTTP/1 without TLS wait for their slots on it and are refused on it, before
// net/http has heard of them, which costs half as much. Whatever is unusual is left to net/http and Handler.
type wire struct {
	*net.TCPConn
	door    *Door
	raw     syscall.RawConn
	idle    time.Duration          // after which net/http ends a connection that carries nothing
	plain   bool                   // a call over HTTP/1 has come in over it
	done    bool                   // a call is over
	between bool                   // and net/http waits for the next to begin
	slot    atomic.Pointer[caller] // of the request that has been handed to net/http
	lively  time.Time              // when net/http was last kept from ending it
	name    uint64                 // who was refused last,
	refused time.Time              // when,
	again   time.Time              // and when he was to come again
	meeting sync.Mutex             // is held while a request waits here
	closing atomic.Bool
}

const (
	// whole is how much net/http reads at once if there is nothing left over of what it has read before.
	whole = 4096
	// apart is what lies at least between two refusals on a connection, for one who comes again before he was told to.
	apart = 36 * time.Millisecond
)

// Listen makes a door know the connections that a server accepts, and ends when they have been idle for so long; 0 is never. The server
// needs Connected and Count as well.
func (d *Door) Listen(l net.Listener, idle time.Duration) net.Listener { return doorway{l, d, idle} }

type doorway struct {
	net.Listener
	door *Door
	idle time.Duration
}

// Accept waits for the next connection.
func (l doorway) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c, err
	}
	raw, err := tcp.SyscallConn()
	return &wire{TCPConn: tcp, door: l.door, raw: raw, idle: l.idle}, err
}

// SetReadDeadline hears what net/http is about: it sets one deadline before it waits for the next request, and another when that begins.
func (w *wire) SetReadDeadline(at time.Time) error {
	if w.done || w.between {
		w.done, w.between = false, w.done
	}
	return w.TCPConn.SetReadDeadline(at)
}

// Read reads on, past the requests that are refused.
func (w *wire) Read(b []byte) (int, error) {
	for {
		n, err := w.TCPConn.Read(b)
		if n == 0 || !w.between || len(b) != whole || !w.door.crowded() {
			return n, err
		}
		if refused, err := w.meet(b, n); !refused {
			return n, nil
		} else if err != nil {
			return 0, err
		}
	}
}

// Close lets a request that waits here have its refusal, for a server that ends closes what seems idle to it. It also gives back the slot of
// one that has not come to be a call.
func (w *wire) Close() error {
	w.closing.Store(true)
	_ = w.SetWriteDeadline(clock.System.Now().Add(patience)) // it is closed either way
	w.meeting.Lock()
	defer w.meeting.Unlock()
	if c := w.slot.Swap(nil); c != nil {
		w.door.slots.give(c)
	}
	return w.TCPConn.Close()
}

// meet takes a slot for the request in the first n bytes, or refuses it.
func (w *wire) meet(b []byte, n int) (refused bool, err error) {
	d := w.door
	g, ok := glimpseOf(b[:n])
	if !ok {
		return false, nil
	}
	path := string(g.path)
	p := d.plans[path]
	if !forAPI(path) || d.free(path) || p != nil && !unary([]string{string(g.kind)}) {
		return false, nil
	}
	w.meeting.Lock()
	defer w.meeting.Unlock()
	c := w.wait(w.nameOf(&g))
	closing := w.closing.Load()
	switch {
	case c != nil && closing:
		d.slots.give(c) // the call's answer would not arrive
	case c != nil:
		w.slot.Store(c)
		return false, nil
	}
	d.away.count.Add(1)
	now := clock.System.Now()
	id := validID(string(g.id)) // all else that was read is written over
	kind, body := d.away.answer(p != nil, id)
	after := *d.away.after.Load()
	out := append(b[:0], "HTTP/1.1 503 Service Unavailable\r\nCache-Control: no-store\r\nContent-Type: "...)
	out = append(append(out, kind[0]...), "\r\nDate: "...)
	out = append(now.UTC().AppendFormat(out, http.TimeFormat), "\r\nRetry-After: "...)
	out = append(append(out, after[0]...), "\r\nX-Request-Id: "...)
	if out = append(out, id...); closing {
		out = append(out, "\r\nConnection: close"...)
	}
	out = append(out, "\r\nContent-Length: "...)
	out = append(strconv.AppendInt(out, int64(len(body)), 10), "\r\n\r\n"...)
	if _, err = w.Write(append(out, body...)); err != nil {
		return true, err
	}
	seconds, _ := strconv.Atoi(after[0])
	w.refused, w.again = now, now.Add(time.Duration(seconds)*time.Second)
	if w.idle > 0 && now.Sub(w.lively) > w.idle/8 {
		w.lively = now
		err = w.TCPConn.SetReadDeadline(now.Add(w.idle))
	}
	return true, err
}

// wait gives a slot for a request that has just come, or nil. Who comes again too early takes one that is free, but does not get in line.
func (w *wire) wait(name uint64) *caller {
	d, now := w.door, clock.System.Now()
	if name != w.name || !now.Before(w.again) {
		w.name = name
		old := d.crowd.see(now, age(w.raw))
		if old >= patience {
			return nil
		}
		return d.slots.take(name, patience-old)
	}
	c := d.slots.take(name, 0)
	if early := w.refused.Add(apart).Sub(now); c == nil && early > 0 {
		time.Sleep(early)
		c = d.slots.take(name, 0)
	}
	return c
}

// nameOf stands for who sends a request, as name does.
func (w *wire) nameOf(g *glimpse) uint64 {
	for _, given := range g.credentials {
		if given != nil {
			return maphash.Bytes(seed, given)
		}
	}
	var forwarded []string
	if g.forwarded != nil {
		forwarded = []string{string(g.forwarded)}
	}
	return maphash.String(seed, w.door.address(w.RemoteAddr().String(), forwarded))
}
