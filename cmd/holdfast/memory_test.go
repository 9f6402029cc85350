package main

import (
	"testing"
	"time"
)

func TestIdleness(t *testing.T) {
	t.Parallel()
	const busy, quiet = 400 * time.Millisecond, 10 * time.Millisecond
	var w idleness
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		used time.Duration
		want bool
	}{
		{busy, false}, {quiet, false}, {quiet, true}, {quiet, false}, {quiet, false}, // once
		{busy, false}, {quiet, false}, {quiet, false}, {quiet, false}, // too soon after the last time
	} {
		now = now.Add(idleTick)
		if got := w.see(now, c.used); got != c.want {
			t.Errorf("tick %d, %v used: %v", i, c.used, got)
		}
	}
	if now = now.Add(idleWait); !w.see(now, quiet) {
		t.Error("what is left over from work is not given back in the end")
	}
	if now = now.Add(idleWait); w.see(now, quiet) {
		t.Error("given back twice without work between")
	}
}
