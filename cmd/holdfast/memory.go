package main

import (
	"context"
	"runtime/debug"
	"time"
)

// How a server becomes idle: two seconds in which it used next to nothing of
// one processor, after any in which it worked.
const (
	idleTick  = time.Second
	idleShare = 0.05             // of a processor
	idleFor   = 2                // ticks
	idleWait  = 30 * time.Second // between two times of giving back
)

// keepSmall gives memory back whenever the server becomes idle: what a start
// or an import took would otherwise stay for minutes. A server that works is
// left alone, and one that stays idle has nothing to give.
func keepSmall(ctx context.Context) {
	tick := time.NewTicker(idleTick)
	defer tick.Stop()
	var w idleness
	for last := processorTime(); ; {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			used := processorTime()
			if w.see(now, used-last) {
				debug.FreeOSMemory()
				dropProgramPages()
				used = processorTime()
			}
			last = used
		}
	}
}

// idleness tells the moments at which a server has become idle.
type idleness struct {
	rest  bool // it has been idle since memory was given back
	ticks int
	last  time.Time
}

// see takes the processor time of one tick, and tells whether it is time to
// give memory back.
func (w *idleness) see(now time.Time, used time.Duration) bool {
	if float64(used) > idleShare*float64(idleTick) {
		w.rest, w.ticks = false, 0
		return false
	}
	w.ticks++
	if w.rest || w.ticks < idleFor || now.Sub(w.last) < idleWait {
		return false
	}
	w.rest, w.last = true, now
	return true
}
