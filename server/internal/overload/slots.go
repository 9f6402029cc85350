package overload

import (
	"container/heap"
	"context"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

const (
	// Patience is how long a whole request waits for a slot before it is refused: long enough for a burst, far below
	// the promised 100 ms.
	Patience = 30 * time.Millisecond
	// ShareWait is how long a call of a caller waits who has no more calls here than an equal share of the slots: it is
	// not what is too much, and its turn comes.
	ShareWait = time.Second
	// refuseEvery is what lies at least between two times at which callers are refused: it costs less for several at
	// once.
	refuseEvery = 2 * time.Millisecond
	// remembered is how many callers are kept who neither hold nor wait: most come again.
	remembered = 1024
	// slotsPerProcessor leaves room for calls that wait for the database.
	slotsPerProcessor = 32
)

// Line names the line that a call waits in: that of a verified credential, or of a network.
type Line uint64

// Slots are the places for the calls that are worked on. One caller holds half of them at most. A call that finds none
// free waits in the line of its caller, and the lines take turns: one who sends very much keeps nobody else from
// theirs.
type Slots struct {
	mu      sync.Mutex
	all     int
	held    int
	active  int              // callers who hold or wait
	taken   int              // so far, since it was last asked
	callers map[Line]*caller // all who hold or wait, and some who did
	turns   []*caller        // those who wait and may hold one more
	waiting waiters          // all of them, and some who have their answer
	timer   *time.Timer      // runs while there are any
}

// caller is who sends requests, as far as slots go.
type caller struct {
	line    Line
	held    int
	waiting int
	turn    bool // is among the turns
	queue   []*waiter
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
	for len(c.queue) > 0 && c.queue[0].told {
		c.queue = c.queue[1:]
	}
	if len(c.queue) == 0 {
		return nil
	}
	return c.queue[0]
}

func (s *Slots) tell(w *waiter, yes bool) {
	s.gone(w)
	w.answer <- yes
}

// gone takes note that a call waits no longer.
func (s *Slots) gone(w *waiter) {
	w.told = true
	if w.caller.waiting--; w.caller.held+w.caller.waiting == 0 {
		s.active--
	}
}

// NewSlots makes so many; 0 chooses by the number of processors.
func NewSlots(all int) *Slots {
	if all <= 0 {
		all = slotsPerProcessor * runtime.GOMAXPROCS(0)
	}
	s := &Slots{all: all, callers: map[Line]*caller{}}
	s.timer = time.AfterFunc(time.Hour, s.dismiss)
	s.timer.Stop()
	return s
}

// Slot is one that is held.
type Slot struct {
	slots  *Slots
	caller *caller
}

// Forever makes Take wait until the context ends.
const Forever = time.Duration(1<<63 - 1)

// Take gives a slot, to be released, or nil where none became free in time or the context ended. A call within its
// caller's share has at least ShareWait.
func (s *Slots) Take(ctx context.Context, line Line, wait time.Duration) *Slot {
	s.mu.Lock()
	c := s.callers[line]
	if c == nil {
		c = &caller{line: line}
		s.callers[line] = c
	}
	if c.next() == nil && s.held < s.all && s.may(c) {
		s.hold(c)
		s.mu.Unlock()
		return &Slot{s, c}
	}
	if wait <= 0 {
		s.forget(c)
		s.mu.Unlock()
		return nil
	}
	if c.held+c.waiting == 0 {
		s.active++
	}
	c.waiting++
	if wait < ShareWait && s.withinShare(c) {
		wait = ShareWait
	}
	w := &waiter{caller: c, answer: make(chan bool, 1)}
	c.queue = append(c.queue, w)
	s.turn(c)
	if wait < Forever {
		w.until = clock.System.Now().Add(wait)
		heap.Push(&s.waiting, w)
		if s.waiting[0] == w {
			s.timer.Reset(wait)
		}
	}
	s.mu.Unlock()
	select {
	case yes := <-w.answer:
		if yes {
			return &Slot{s, c}
		}
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	if !w.told {
		s.gone(w)
		s.settle(c)
	} else if <-w.answer {
		s.mu.Unlock()
		s.give(c)
		return nil
	}
	s.mu.Unlock()
	return nil
}

// Release gives the slot back, once; nil has none.
func (s *Slot) Release() {
	if s != nil && s.caller != nil {
		c := s.caller
		s.caller = nil
		s.slots.give(c)
	}
}

func (s *Slots) may(c *caller) bool { return c.held < max(1, s.all/2) }

// withinShare tells whether a caller has no more calls than their part of the slots, and than they may hold.
func (s *Slots) withinShare(c *caller) bool { return c.held+c.waiting <= s.all/max(2, s.active) }

func (s *Slots) hold(c *caller) {
	if c.held+c.waiting == 0 {
		s.active++
	}
	c.held++
	s.held++
	s.taken++
}

// turn puts a caller among the turns, if there is reason.
func (s *Slots) turn(c *caller) {
	if !c.turn && c.next() != nil && s.may(c) {
		c.turn = true
		s.turns = append(s.turns, c)
	}
}

// give takes a slot back, for whose turn it is.
func (s *Slots) give(c *caller) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held--
	if c.held--; c.held+c.waiting == 0 {
		s.active--
	}
	s.turn(c)
	s.forget(c)
	for s.held < s.all && len(s.turns) > 0 {
		c := s.turns[0]
		s.turns, c.turn = s.turns[1:], false
		s.hold(c)
		s.tell(c.next(), true)
		s.turn(c)
	}
}

// settle takes note that one of a caller's calls waits no longer.
func (s *Slots) settle(c *caller) {
	if c.turn && c.next() == nil {
		c.turn = false
		s.turns = slices.DeleteFunc(s.turns, func(other *caller) bool { return other == c })
	}
	s.forget(c)
}

// forget drops a caller who neither holds nor waits, where there are many.
func (s *Slots) forget(c *caller) {
	if len(s.callers) > remembered && c.held == 0 && c.next() == nil {
		delete(s.callers, c.line)
	}
}

// dismiss refuses those who have waited long enough.
func (s *Slots) dismiss() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for now := clock.System.Now(); len(s.waiting) > 0 && (s.waiting[0].told || !now.Before(s.waiting[0].until)); {
		if w := heap.Pop(&s.waiting).(*waiter); !w.told { //nolint:forcetypeassert // it holds nothing else
			s.tell(w, false)
			s.forget(w.caller)
		}
	}
	s.turns = slices.DeleteFunc(s.turns, func(c *caller) bool {
		c.turn = c.next() != nil
		return !c.turn
	})
	if len(s.waiting) > 0 {
		s.timer.Reset(max(refuseEvery, s.waiting[0].until.Sub(clock.System.Now())))
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

// Served tells how many slots were taken since it was last asked.
func (s *Slots) Served() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, s.taken = s.taken, 0
	return n
}
