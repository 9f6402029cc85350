package rpc

import (
	"net/http"
	"sync"
)

// crew serves the calls of a crowd on goroutines of its own, the one that was busy last first. Those of the many connections have small
// stacks, which would grow for each call, and are cold.
type crew struct {
	mu   sync.Mutex
	idle []*hand
}

// hand is one of the crew. There are no more than slots.
type hand struct {
	work chan work
	done chan any // what it panicked with
}

type work struct {
	next http.Handler
	call *call
	r    *http.Request
}

// serve has a call served, and panics if that does.
func (c *crew) serve(d *Door, w work) {
	h := c.take()
	if h == nil {
		h = &hand{make(chan work), make(chan any)}
		go h.run(d)
	}
	h.work <- w
	p := <-h.done
	c.mu.Lock()
	c.idle = append(c.idle, h)
	c.mu.Unlock()
	if p != nil {
		panic(p)
	}
}

func (c *crew) take() (h *hand) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.idle); n > 0 {
		h, c.idle = c.idle[n-1], c.idle[:n-1]
	}
	return h
}

func (h *hand) run(d *Door) {
	for w := range h.work {
		h.one(d, w)
	}
}

func (h *hand) one(d *Door, w work) {
	defer func() { h.done <- recover() }()
	d.serve(w)
}

// serve serves a call and tells of it.
func (d *Door) serve(w work) {
	defer d.finish(w.call, w.r)
	w.next.ServeHTTP(w.call, w.r)
}
