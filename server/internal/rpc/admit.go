package rpc

import (
	"container/heap"
	"hash/maphash"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

const (
	// patience is how old a request gets before it is sent away: long enough for a burst, under the promised 50 ms.
	patience = 30 * time.Millisecond
	// together is what lies at least between two times at which callers are sent away: it costs less for several at once.
	together = 2 * time.Millisecond
	// known is how many callers are remembered who neither hold nor wait: most come again.
	known = 1024
)

// slots are the places for the calls that are worked on. One caller holds half of them at most. Who finds none free waits in a line of
// his own, and the lines take turns: one who sends very much keeps nobody else from his turn.
type slots struct {
	mu      sync.Mutex
	all     int
	held    int
	taken   int                // so far, since it was last asked
	callers map[uint64]*caller // all who hold or wait, and some who did
	turns   []*caller          // those who wait and may hold one more
	waiting waiters            // all of them, and some who have their answer
	timer   *time.Timer        // runs while there are any
}

// caller is who sends requests, as far as slots go.
type caller struct {
	name uint64
	held int
	turn bool // is among the turns
	line []*waiter
}

// waiter is a request in a line.
type waiter struct {
	caller *caller
	until  time.Time
	told   bool
	answer chan bool
}

// next is the first in the line who still waits, or nil.
func (c *caller) next() *waiter {
	for len(c.line) > 0 && c.line[0].told {
		c.line = c.line[1:]
	}
	if len(c.line) == 0 {
		return nil
	}
	return c.line[0]
}

func (w *waiter) tell(yes bool) {
	w.told = true
	w.answer <- yes
}

func newSlots(all int) *slots {
	s := &slots{all: all, callers: map[uint64]*caller{}}
	s.timer = time.AfterFunc(time.Hour, s.dismiss)
	s.timer.Stop()
	return s
}

// take gives a slot, to be given back, or nil where none became free in time.
func (s *slots) take(name uint64, wait time.Duration) *caller {
	s.mu.Lock()
	c := s.callers[name]
	if c == nil {
		c = &caller{name: name}
		s.callers[name] = c
	}
	if c.next() == nil && s.held < s.all && s.may(c) {
		s.hold(c)
		s.mu.Unlock()
		return c
	}
	if wait <= 0 {
		s.forget(c)
		s.mu.Unlock()
		return nil
	}
	w := &waiter{caller: c, until: clock.System.Now().Add(wait), answer: make(chan bool, 1)}
	c.line = append(c.line, w)
	s.turn(c)
	heap.Push(&s.waiting, w)
	if s.waiting[0] == w {
		s.timer.Reset(wait)
	}
	s.mu.Unlock()
	if <-w.answer {
		return c
	}
	return nil
}

func (s *slots) may(c *caller) bool { return c.held < max(1, s.all/2) }

func (s *slots) hold(c *caller) {
	c.held++
	s.held++
	s.taken++
}

// turn puts a caller among the turns, if there is reason.
func (s *slots) turn(c *caller) {
	if !c.turn && c.next() != nil && s.may(c) {
		c.turn = true
		s.turns = append(s.turns, c)
	}
}

// give takes a slot back, for whose turn it is.
func (s *slots) give(c *caller) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.held--
	s.held--
	s.turn(c)
	s.forget(c)
	for s.held < s.all && len(s.turns) > 0 {
		c := s.turns[0]
		s.turns, c.turn = s.turns[1:], false
		s.hold(c)
		c.next().tell(true)
		s.turn(c)
	}
}

// forget drops a caller who neither holds nor waits, where there are many.
func (s *slots) forget(c *caller) {
	if len(s.callers) > known && c.held == 0 && c.next() == nil {
		delete(s.callers, c.name)
	}
}

// dismiss sends those away who have waited long enough.
func (s *slots) dismiss() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for now := clock.System.Now(); len(s.waiting) > 0 && (s.waiting[0].told || !now.Before(s.waiting[0].until)); {
		if w := heap.Pop(&s.waiting).(*waiter); !w.told { //nolint:forcetypeassert // it holds nothing else
			w.tell(false)
			s.forget(w.caller)
		}
	}
	s.turns = slices.DeleteFunc(s.turns, func(c *caller) bool {
		c.turn = c.next() != nil
		return !c.turn
	})
	if len(s.waiting) > 0 {
		s.timer.Reset(max(together, time.Until(s.waiting[0].until)))
	}
}

// waiters are a heap by the time until which they wait.
type waiters []*waiter

// Len is how many there are.
func (w waiters) Len() int { return len(w) }

// Less tells whether one gives up earlier than another.
func (w waiters) Less(i, j int) bool { return w[i].until.Before(w[j].until) }

// Swap swaps two.
func (w waiters) Swap(i, j int) { w[i], w[j] = w[j], w[i] }

// Push adds one.
func (w *waiters) Push(x any) { *w = append(*w, x.(*waiter)) } //nolint:forcetypeassert // it holds nothing else

// Pop removes the last.
func (w *waiters) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}

// since tells how many slots were taken since it was last asked.
func (s *slots) since() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, s.taken = s.taken, 0
	return n
}

// admit takes a slot for a request, if the wire has not, or tells that there is none.
func (d *Door) admit(c *call, r *http.Request) bool {
	crowded, old := d.crowded(), time.Duration(0)
	if w, _ := r.Context().Value(wireKey{}).(*wire); w != nil {
		if r.ProtoMajor == 1 && r.TLS == nil {
			w.plain = true
		}
		if c.slot = w.slot.Swap(nil); c.slot == nil && crowded {
			old = d.crowd.see(clock.System.Now(), age(w.raw))
		}
	}
	if c.slot == nil && old < patience {
		c.slot = d.slots.take(name(r, c.IP), patience-old)
	}
	if c.slot != nil && crowded {
		runtime.Gosched() // those who have come meanwhile get in line before there is more work
	}
	return c.slot != nil
}

// release gives a call's place back, once.
func (d *Door) release(c *call) {
	if c.slot != nil {
		d.slots.give(c.slot)
		c.slot = nil
	}
}

// name stands for who sends a request, as far as can be told before anything is checked: the credential, else the address.
func name(r *http.Request, ip string) uint64 {
	for _, h := range [...]string{bearer, device, provisioning} {
		if given := r.Header[h]; len(given) > 0 {
			return maphash.String(seed, given[0])
		}
	}
	return maphash.String(seed, ip)
}

var seed = maphash.MakeSeed()

// free tells whether a request needs no slot: streams and WebSockets live long and mostly wait, and a probe must see a busy server
// as one that lives.
func (d *Door) free(path string) bool {
	if p := d.plans[path]; p != nil {
		return p.streams
	}
	return d.exempt[path] || strings.HasPrefix(path, "/api/ws/")
}
