package rpc

import (
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

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
