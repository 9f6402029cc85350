package db

import (
	"context"
	"sync"
	"time"
)

// queues let the creators of one kind in one tenant wait for each other here, before they wait for the counter's row in
// the database: there, each commit wakes all who wait, and all but one go back to sleep. They only save work. The row's
// lock is what keeps numbers apart, so whoever has waited for a while goes on regardless; that also dissolves a queue
// whose first waits, in the database, for one who stands in it.
type queues struct {
	mu    sync.Mutex
	lines map[counted]*queue
	known map[counted]known
}

// known is where a counter stood when this process used it last, and how often in a row it stood there still when this
// process came again. With other processes at the same counter that is seldom, and guessing would cost more than
// asking.
type known struct {
	last  int64
	right int
}

// often is how often a counter has to stand where it was left before it is guessed.
const often = 3

// guess tells where a counter stands.
func (q *queues) guess(key counted) (last int64, sure bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.known[key]
	return k.last, k.right >= often
}

// saw takes note of where a counter stood or was guessed to stand, and of where it stands with that.
func (q *queues) saw(key counted, before, after int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	k := q.known[key]
	if k.last != before {
		k.right = -1
	}
	if q.known == nil {
		q.known = map[counted]known{}
	}
	q.known[key] = known{after, k.right + 1}
}

// back takes note of numbers that are given back.
func (q *queues) back(key counted, n int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if k, ok := q.known[key]; ok {
		q.known[key] = known{k.last - n, k.right}
	}
}

// failed takes note of a transaction that has taken numbers and was not kept.
func (q *queues) failed(key counted) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.known, key)
}

type queue struct {
	turn  chan struct{} // holds one token while somebody is at the counter
	users int
}

// patience is how long a creator waits here at most.
const patience = 100 * time.Millisecond

// enter waits for the unit's turn at a counter, which lasts until it leaves.
func (q *queues) enter(ctx context.Context, u *unit, key counted) {
	if !u.postgres() || u.turns[key] != nil {
		return // SQLite has one writer anyway
	}
	q.mu.Lock()
	if q.lines == nil {
		q.lines = map[counted]*queue{}
	}
	l := q.lines[key]
	if l == nil {
		l = &queue{turn: make(chan struct{}, 1)}
		q.lines[key] = l
	}
	l.users++
	q.mu.Unlock()
	if u.turns == nil {
		u.turns = map[counted]func(){}
	}
	select {
	case l.turn <- struct{}{}:
		u.turns[key] = func() { q.leave(key, l, true) }
		return
	default:
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case l.turn <- struct{}{}:
		u.turns[key] = func() { q.leave(key, l, true) }
	case <-wait.C:
		u.turns[key] = func() { q.leave(key, l, false) }
	case <-ctx.Done():
		u.turns[key] = func() { q.leave(key, l, false) }
	}
}

func (q *queues) leave(key counted, l *queue, first bool) {
	if first {
		<-l.turn
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if l.users--; l.users == 0 {
		delete(q.lines, key)
	}
}

// leave ends the unit's turns.
func (u *unit) leave() {
	for _, end := range u.turns {
		end()
	}
	u.turns = nil
}
