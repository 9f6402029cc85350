package overload

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

const (
	ann Line = iota
	bob
	cat
)

// line lets a caller wait for a slot, and waits until they do.
func line(t *testing.T, s *Slots, name Line, wait time.Duration, then func(*Slot)) {
	t.Helper()
	waiting := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.waiting)
	}
	before := waiting()
	go func() { then(s.Take(t.Context(), name, wait)) }()
	for began := clock.System.Now(); waiting() == before; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("%d does not wait", name)
		}
	}
}

func TestSlotsAreShared(t *testing.T) {
	t.Parallel()
	s := NewSlots(4)
	hers := []*Slot{s.Take(t.Context(), ann, time.Hour), s.Take(t.Context(), ann, time.Hour)}
	if slices.Contains(hers, nil) {
		t.Fatal("free slots are not given")
	}
	if s.Take(t.Context(), ann, time.Millisecond) != nil {
		t.Error("one caller holds more than half")
	}
	his := []*Slot{s.Take(t.Context(), bob, time.Hour), s.Take(t.Context(), bob, time.Hour)}
	if slices.Contains(his, nil) {
		t.Fatal("the other half is not given")
	}
	order := make(chan string)
	then := func(name string) func(*Slot) {
		return func(c *Slot) {
			if c == nil {
				name += " was refused"
			}
			order <- name
			if c != nil {
				c.Release()
			}
		}
	}
	for range 5 {
		line(t, s, ann, time.Hour, then("ann"))
	}
	line(t, s, bob, time.Hour, then("bob"))
	line(t, s, cat, time.Hour, then("cat"))
	his[0].Release() // ann holds her half, and bob held their: the turn is cat's, then bob's
	if got := []string{<-order, <-order}; !slices.Equal(got, []string{"cat", "bob"}) {
		t.Errorf("before ann's next came %v", got)
	}
	hers[0].Release()
	for range 5 {
		if got := <-order; got != "ann" {
			t.Errorf("after that came %s", got)
		}
	}
	hers[1].Release()
	his[1].Release()
	for began := clock.System.Now(); ; time.Sleep(time.Millisecond) { // until the last has given their back
		s.mu.Lock()
		held, turns := s.held, len(s.turns)
		s.mu.Unlock()
		if held+turns == 0 {
			break
		}
		if time.Since(began) > 10*time.Second {
			t.Fatalf("%d slots are still held, %d callers wait", held, turns)
		}
	}
	if n := s.Served(); n != 11 || s.Served() != 0 {
		t.Errorf("%d slots were taken", n)
	}
}

func TestWhoWaitsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	s := NewSlots(1)
	held := s.Take(t.Context(), ann, time.Hour)
	order := make(chan string, 4)
	say := func(name string) func(*Slot) {
		return func(c *Slot) {
			if c != nil {
				name += " was let in"
			}
			order <- name
		}
	}
	line(t, s, bob, time.Hour, say("bob"))
	line(t, s, bob, 300*time.Millisecond, say("bob's second"))
	line(t, s, cat, 100*time.Millisecond, say("cat"))
	if got := []string{<-order, <-order}; !slices.Equal(got, []string{"cat", "bob's second"}) {
		t.Errorf("first were refused %v", got)
	}
	held.Release()
	if got := <-order; got != "bob was let in" {
		t.Error(got)
	}
}

// TestSlotsInTurmoil: however they come and go, there are never more than there are, and in the end all are free.
func TestSlotsInTurmoil(t *testing.T) {
	t.Parallel()
	s := NewSlots(8)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for range 200 {
				c := s.Take(t.Context(), Line(i%5), time.Duration(i%4)*time.Millisecond)
				if c == nil {
					continue
				}
				s.mu.Lock()
				if s.held > s.all || c.caller.held > s.all/2 {
					t.Errorf("%d are held, %d of them by one", s.held, c.caller.held)
				}
				s.mu.Unlock()
				c.Release()
			}
		})
	}
	all.Wait()
	if s.held != 0 || len(s.turns) != 0 || s.active != 0 {
		t.Errorf("%d are held, %d callers wait", s.held, len(s.turns))
	}
	for name := range Line(3 * remembered) {
		s.Take(t.Context(), name, 0).Release()
	}
	if len(s.callers) > remembered+1 {
		t.Errorf("%d callers are remembered", len(s.callers))
	}
}

// TestWhoIsWithinTheirShareIsNotRefused: of a caller with few calls none is refused for those of one with many.
func TestWhoIsWithinTheirShareIsNotRefused(t *testing.T) {
	t.Parallel()
	s := NewSlots(4)
	hers := []*Slot{s.Take(t.Context(), ann, 0), s.Take(t.Context(), ann, 0)}
	his := []*Slot{s.Take(t.Context(), bob, 0), s.Take(t.Context(), bob, 0)}
	got := make(chan *Slot, 1)
	line(t, s, cat, time.Millisecond, func(c *Slot) { got <- c })
	if s.Take(t.Context(), ann, time.Millisecond) != nil {
		t.Error("one with more than their share is not refused")
	}
	s.mu.Lock()
	left := s.waiting[0].until.Sub(clock.System.Now())
	s.mu.Unlock()
	if left < ShareWait/10 {
		t.Errorf("one within their share is refused in %v", left)
	}
	hers[0].Release()
	if c := <-got; c == nil {
		t.Error("one within their share was refused")
	} else {
		c.Release()
	}
	for _, c := range append(his, hers[1]) {
		c.Release()
	}
	if s.active != 0 {
		t.Errorf("%d callers are active", s.active)
	}
}
