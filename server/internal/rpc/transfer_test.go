package rpc

import (
	"net/http"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

func TestTransfersAreShared(t *testing.T) {
	t.Parallel()
	places := &transfers{all: 8, by: map[string]int{}}
	var leave []func()
	take := func(who string, want int) {
		t.Helper()
		done, err := places.take(who)
		switch f := fault.Of(err); {
		case want == 0 && err != nil:
			t.Errorf("%s: %v", who, err)
		case want != 0 && (f == nil || f.Status() != want || f.RetryAfter < time.Second):
			t.Errorf("%s: %v, want %d", who, err, want)
		case err == nil:
			leave = append(leave, done)
		}
	}
	take("ann", 0)
	take("ann", 0)
	take("ann", http.StatusTooManyRequests)
	for _, who := range []string{"bob", "bob", "cat", "cat", "dan", "dan"} {
		take(who, 0)
	}
	take("eve", http.StatusServiceUnavailable)
	leave[0]()
	take("eve", 0)
	for _, done := range leave[1:] {
		done()
	}
	if places.busy != 0 || len(places.by) != 0 {
		t.Errorf("%d places are still taken, by %v", places.busy, places.by)
	}
}

func TestSlowTransfersEnd(t *testing.T) {
	t.Parallel()
	var until time.Time
	p := &pace{set: func(at time.Time) error { until = at; return nil }}
	in := func() time.Duration { return until.Sub(clock.System.Now()).Round(time.Second) }
	p.end()
	if !until.IsZero() {
		t.Error("a deadline was set for nothing")
	}
	if p.next(); in() != time.Minute {
		t.Errorf("at first it has %v", in())
	}
	p.began = p.began.Add(-10 * time.Minute)
	if p.next(); in() > 0 {
		t.Errorf("nothing came for ten minutes, and it has %v more", in())
	}
	p.bytes = 9 * 60 * slowest
	if p.next(); in() > 2*time.Second {
		t.Errorf("what comes just fast enough has %v more", in())
	}
	p.bytes = 1 << 40
	if p.next(); in() != time.Minute {
		t.Errorf("what comes fast has %v", in())
	}
	if p.end(); !until.IsZero() {
		t.Error("the deadline stays")
	}
}
