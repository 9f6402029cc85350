package main

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// When a server works and when it is idle, by the processor time of a tick.
const (
	idleTick  = 250 * time.Millisecond
	idleShare = 0.05             // of one processor: less is idle
	idleFor   = 8                // ticks, before anything is given back
	idleWait  = 30 * time.Second // between two times of giving back
)

// Garbage costs processor time in proportion to what lives, and what lives
// here is small and stays: a busy server may make this much of it before it is
// collected. An idle one keeps to the usual, as much as lives.
const (
	busyGarbage  = 48 << 20
	usualPercent = 100
)

// keepSmall trades memory for processor time while the server works, and gives
// it back whenever it becomes idle: what a start or an import took would
// otherwise stay for minutes. GOGC, where it is set, is left as it is.
func keepSmall(ctx context.Context) {
	tick := time.NewTicker(idleTick)
	defer tick.Stop()
	var w workload
	fixed := os.Getenv("GOGC") != ""
	for last := processorTime(); ; {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			used := processorTime()
			change := w.see(now, used-last)
			if change != steady && !fixed {
				debug.SetGCPercent(w.percent(liveBytes()))
			}
			if change == rested {
				debug.FreeOSMemory()
				dropProgramPages()
				used = processorTime() // that was no work
			}
			last = used
		}
	}
}

// liveBytes is what was in use after the last collection.
func liveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// workload tells the moments at which a server begins to work and comes to
// rest.
type workload struct {
	busy  bool // since the last change
	idle  int  // ticks
	since time.Time
	given time.Time // memory back
}

type change int

const (
	steady change = iota
	began         // to work, or goes on with it for a while
	rested
)

// see takes the processor time of one tick. Work that goes on is told again
// from time to time: more or less may live by then.
func (w *workload) see(now time.Time, used time.Duration) change {
	if float64(used) > idleShare*float64(idleTick) {
		w.idle = 0
		if w.busy && now.Sub(w.since) < 10*time.Second {
			return steady
		}
		w.busy, w.since = true, now
		return began
	}
	w.idle++
	if !w.busy && !w.given.IsZero() || w.idle < idleFor || now.Sub(w.given) < idleWait {
		return steady
	}
	w.busy, w.given = false, now
	return rested
}

// percent is the garbage that may be made, in hundredths of what lives.
func (w *workload) percent(live uint64) int {
	if !w.busy || live == 0 {
		return usualPercent
	}
	return max(usualPercent, int(busyGarbage*100/live))
}
