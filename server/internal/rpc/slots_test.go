package rpc

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

const (
	ann uint64 = iota
	bob
	cat
)

// line lets a caller wait for a slot, and waits until he does.
func line(t *testing.T, s *slots, name uint64, wait time.Duration, then func(*caller)) {
	t.Helper()
	waiting := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.waiting)
	}
	before := waiting()
	go func() { then(s.take(name, wait)) }()
	for began := clock.System.Now(); waiting() == before; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("%d does not wait", name)
		}
	}
}

func TestSlotsAreShared(t *testing.T) {
	t.Parallel()
	s := newSlots(4)
	hers := []*caller{s.take(ann, time.Hour), s.take(ann, time.Hour)}
	if slices.Contains(hers, nil) {
		t.Fatal("free slots are not given")
	}
	if s.take(ann, time.Millisecond) != nil {
		t.Error("one caller holds more than half")
	}
	his := []*caller{s.take(bob, time.Hour), s.take(bob, time.Hour)}
	if slices.Contains(his, nil) {
		t.Fatal("the other half is not given")
	}
	order := make(chan string)
	then := func(name string) func(*caller) {
		return func(c *caller) {
			if c == nil {
				name += " was sent away"
			}
			order <- name
			if c != nil {
				s.give(c)
			}
		}
	}
	for range 5 {
		line(t, s, ann, time.Hour, then("ann"))
	}
	line(t, s, bob, time.Hour, then("bob"))
	line(t, s, cat, time.Hour, then("cat"))
	s.give(his[0]) // ann holds her half, and bob held his: the turn is cat's, then bob's
	if got := []string{<-order, <-order}; !slices.Equal(got, []string{"cat", "bob"}) {
		t.Errorf("before ann's next came %v", got)
	}
	s.give(hers[0])
	for range 5 {
		if got := <-order; got != "ann" {
			t.Errorf("after that came %s", got)
		}
	}
	s.give(hers[1])
	s.give(his[1])
	for began := clock.System.Now(); ; time.Sleep(time.Millisecond) { // until the last has given his back
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
	if n := s.since(); n != 11 || s.since() != 0 {
		t.Errorf("%d slots were taken", n)
	}
}

func TestWhoWaitsTooLongIsSentAway(t *testing.T) {
	t.Parallel()
	s := newSlots(1)
	held := s.take(ann, time.Hour)
	order := make(chan string, 4)
	say := func(name string) func(*caller) {
		return func(c *caller) {
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
		t.Errorf("first were sent away %v", got)
	}
	s.give(held)
	if got := <-order; got != "bob was let in" {
		t.Error(got)
	}
}

// TestSlotsInTurmoil: however they come and go, there are never more than there are, and in the end all are free.
func TestSlotsInTurmoil(t *testing.T) {
	t.Parallel()
	s := newSlots(8)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			for range 200 {
				c := s.take(uint64(i%5), time.Duration(i%4)*time.Millisecond)
				if c == nil {
					continue
				}
				s.mu.Lock()
				if s.held > s.all || c.held > s.all/2 {
					t.Errorf("%d are held, %d of them by one", s.held, c.held)
				}
				s.mu.Unlock()
				s.give(c)
			}
		})
	}
	all.Wait()
	if s.held != 0 || len(s.turns) != 0 {
		t.Errorf("%d are held, %d callers wait", s.held, len(s.turns))
	}
	for name := range uint64(3 * known) {
		s.give(s.take(name, 0))
	}
	if len(s.callers) > known+1 {
		t.Errorf("%d callers are remembered", len(s.callers))
	}
}

func TestOldRequestsAreSentAwayWhenThatLasts(t *testing.T) {
	t.Parallel()
	c := &crowd{}
	at := time.Unix(0, 0).Add(time.Hour)
	for _, step := range []struct {
		what       string
		after, old time.Duration
		away       bool
	}{
		{"one in time", 0, 3 * time.Millisecond, false},
		{"a hiccup", time.Second, 80 * time.Millisecond, false},
		{"and its end", lasting / 2, 80 * time.Millisecond, false},
		{"one in time again", time.Millisecond, 20 * time.Millisecond, false},
		{"another hiccup", lasting, 80 * time.Millisecond, false},
		{"long after it, one more", time.Minute, 80 * time.Millisecond, false},
		{"which goes on", lasting - time.Millisecond, 80 * time.Millisecond, false},
		{"for too long", 2 * time.Millisecond, 80 * time.Millisecond, true},
		{"in between one in time", time.Millisecond, 20 * time.Millisecond, false},
		{"and late again", calm / 2, 40 * time.Millisecond, true},
		{"it is over", calm + 1, 2 * time.Millisecond, false},
		{"the next hiccup", time.Millisecond, 80 * time.Millisecond, false},
	} {
		at = at.Add(step.after)
		got := c.see(at, step.old)
		if away := got >= patience; away != step.away {
			t.Errorf("%s: sent away: %v", step.what, away)
		}
		if step.old < patience && got != step.old {
			t.Errorf("%s: %v old, not %v", step.what, got, step.old)
		}
	}
}

func TestTheMoreAreSentAwayTheLaterTheyComeAgain(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	d := &Door{Config: Config{Log: slog.New(slog.NewTextHandler(&said, nil))}, slots: newSlots(4), away: &away{}}
	for _, second := range []struct {
		served, refused int
		after           string
	}{{40, 10, "5"}, {1, 10_000, "10"}, {0, 1, "10"}, {1000, 1, "1"}, {5, 0, "1"}, {0, 0, "1"}} {
		for range second.served {
			d.slots.give(d.slots.take(ann, time.Hour))
		}
		d.away.count.Store(int64(second.refused))
		said.Reset()
		d.tell(t.Context())
		if got := (*d.away.after.Load())[0]; got != second.after {
			t.Errorf("%d served and %d sent away: Retry-After %s, want %s", second.served, second.refused, got, second.after)
		}
		if told := strings.Contains(said.String(), fmt.Sprintf("sent_away=%d served=%d", second.refused, second.served)); told != (second.refused > 0) {
			t.Errorf("%d served and %d sent away: %q", second.served, second.refused, &said)
		}
	}
}
