// Package clock is the only place that asks what time it is, so that tests can move it.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface{ Now() time.Time }

type system struct{}

func (system) Now() time.Time { return time.Now() }

// System is the machine's clock.
var System Clock = system{}

// Manual is a clock that stands still until it is moved. It is safe for concurrent use.
type Manual struct {
	mu sync.Mutex
	at time.Time
}

// NewManual starts at a time.
func NewManual(at time.Time) *Manual { return &Manual{at: at} }

// Now is where the clock stands.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

// Set moves the clock to a time.
func (m *Manual) Set(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = at
}

// Advance moves the clock forward.
func (m *Manual) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
}

// Offset is the machine's clock, moved: it goes on running. It is safe for concurrent use.
type Offset struct {
	mu sync.Mutex
	by time.Duration
}

// Now is the machine's time plus the offset.
func (o *Offset) Now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return time.Now().Add(o.by)
}

// Advance moves the clock forward (or back, when d is negative).
func (o *Offset) Advance(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.by += d
}

type key struct{}

// With makes a clock the one that this context's work goes by.
func With(ctx context.Context, c Clock) context.Context { return context.WithValue(ctx, key{}, c) }

// Of is the context's clock, by default the machine's.
func Of(ctx context.Context) Clock {
	if c, ok := ctx.Value(key{}).(Clock); ok {
		return c
	}
	return System
}

// Now is the time in UTC, cut to microseconds, which is all that PostgreSQL keeps.
func Now(ctx context.Context) time.Time { return Of(ctx).Now().UTC().Truncate(time.Microsecond) }

// Still lets the time stand still for a piece of work, so that everything it does and notes happens at the same
// instant.
func Still(ctx context.Context) context.Context { return With(ctx, NewManual(Now(ctx))) }
