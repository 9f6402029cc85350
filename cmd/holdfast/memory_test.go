package main

import (
	"testing"
	"time"
)

func TestWorkload(t *testing.T) {
	t.Parallel()
	const busy, quiet = idleTick / 2, idleTick / 50
	var w workload
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		ticks int
		used  time.Duration
		want  change // at the last tick, steady before
	}{
		{1, busy, began}, {1, busy, steady}, {idleFor, quiet, rested}, {20, quiet, steady}, // once
		{1, busy, began}, {20, quiet, steady}, // too soon after the last time
	} {
		for n := range c.ticks {
			now = now.Add(idleTick)
			want := steady
			if n == c.ticks-1 {
				want = c.want
			}
			if got := w.see(now, c.used); got != want {
				t.Errorf("case %d, tick %d, %v used: %v, not %v", i, n, c.used, got, want)
			}
		}
	}
	if now = now.Add(idleWait); w.see(now, quiet) != rested {
		t.Error("what is left over from work is not given back in the end")
	}
	if now = now.Add(idleWait); w.see(now, quiet) != steady {
		t.Error("given back twice without work between")
	}
	w.see(now, busy)
	if now = now.Add(time.Minute); w.see(now, busy) != began {
		t.Error("long work is not looked at again")
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		busy bool
		live uint64
		want int
	}{{false, 12 << 20, 100}, {true, 12 << 20, 400}, {true, 48 << 20, 100}, {true, 1 << 30, 100}, {true, 0, 100}} {
		w := workload{busy: c.busy}
		if got := w.percent(c.live); got != c.want {
			t.Errorf("busy %v, %d live: %d, not %d", c.busy, c.live, got, c.want)
		}
	}
}
