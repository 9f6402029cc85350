package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Exchange tells the other processes what this one has counted of each key in a window (by its start), and gives what
// all of them together have counted.
type Exchange interface {
	Exchange(ctx context.Context, window time.Time, counted map[string]int) (others map[string]int, err error)
}

// Limit is so many calls per time.
type Limit struct {
	Calls int
	Per   time.Duration
}

// ParseLimit reads "1200/minute"; the empty text is no limit.
func ParseLimit(s string) (Limit, error) {
	if s == "" {
		return Limit{}, nil
	}
	n, unit, _ := strings.Cut(s, "/")
	per := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[unit]
	calls, err := strconv.Atoi(n)
	if err != nil || calls < 1 || per == 0 {
		return Limit{}, fmt.Errorf("a limit is like 1200/minute (or second, hour, day), not %q", s)
	}
	return Limit{calls, per}, nil
}

// limiter counts calls per key in windows of the clock. Each process counts alone and exchanges once a second, so that
// a caller who spreads over n servers may overshoot by what they send to n-1 of them within a second.
type limiter struct {
	Limit
	shared Exchange
	mu     sync.Mutex
	window time.Time
	counts map[string]*count
}

type count struct {
	own    int // counted here
	others int // counted by the other processes, at the last exchange
}

func newLimiter(text string, shared Exchange) (*limiter, error) {
	l, err := ParseLimit(text)
	if err != nil || l.Calls == 0 {
		return nil, err
	}
	return &limiter{Limit: l, shared: shared, counts: map[string]*count{}}, nil
}

// take counts one call, and refuses it when the key has had its share, which is so many times the limit. A refused call
// is not counted.
func (l *limiter) take(now time.Time, key string, times int) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.turn(now)
	c := l.counts[key]
	if c == nil {
		c = &count{}
		l.counts[key] = c
	}
	if c.own+c.others >= times*l.Calls {
		return fault.Limited(l.window.Add(l.Per).Sub(now))
	}
	c.own++
	return nil
}

// turn begins a new window when the old one is over.
func (l *limiter) turn(now time.Time) {
	if w := now.Truncate(l.Per); !w.Equal(l.window) {
		l.window, l.counts = w, make(map[string]*count, len(l.counts))
	}
}

func (l *limiter) run(ctx context.Context, log *slog.Logger) {
	if l == nil || l.shared == nil {
		return
	}
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := l.exchange(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			log.LogAttrs(ctx, slog.LevelWarn, "rate limits count alone", slog.String("error", err.Error()))
		}
		failing = err != nil
	}
}

func (l *limiter) exchange(ctx context.Context) error {
	l.mu.Lock()
	window, counted := l.window, map[string]int{}
	for key, c := range l.counts { // also those that did not grow here: they may have grown elsewhere
		counted[key] = c.own
	}
	l.mu.Unlock()
	if len(counted) == 0 {
		return nil
	}
	others, err := l.shared.Exchange(ctx, window, counted)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.window.Equal(window) {
		for key := range counted {
			l.counts[key].others = others[key]
		}
	}
	return nil
}
