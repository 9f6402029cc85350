package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/holdfast-platform/holdfast/bench/load"
)

// overload is what happens beyond saturation.
type overload struct {
	peak, goodput float64 // good answers a second: with as many callers as serve it best, and with far too many
	refused       int64   // answers that sent a caller away
	late          float64 // the 99th percentile of the time until such an answer, milliseconds
}

// callers are the numbers of connections among which the best is looked for; the last is the flood.
var callers = []int{16, 32, 64, 1024}

// flood asks for records with more and more callers. What is refused must be refused as overload.
func flood(o options, s *subject, ids []string) (out overload, err error) {
	for _, n := range callers {
		r, err := load.Run(load.Request{Method: "GET", Addr: s.addr, Path: "/api/v1/assets/{pick}", Header: []string{bearer + s.token}, Picks: ids, Expect: http.StatusOK},
			load.Options{Connections: n, Warm: o.during / 2, During: o.during})
		if err != nil {
			return out, err
		}
		var refused int64
		for status, count := range r.Wrong {
			if status != http.StatusServiceUnavailable && status != http.StatusTooManyRequests {
				return out, fmt.Errorf("%d callers: %d answers had the status %d", n, count, status)
			}
			refused += count
		}
		good := r.Rate * float64(r.Requests-refused) / float64(r.Requests)
		note("%d callers: %.0f good answers a second, %d refused, 99 %% of these within %s", n, good, refused, r.Refused)
		out.goodput, out.refused, out.late = good, refused, r.Refused.Seconds()*1e3
		if n != callers[len(callers)-1] {
			out.peak = max(out.peak, good)
		}
	}
	return out, nil
}

// huge fills one more tenant, where the growth of pages is to be measured up to there.
func (p *part) huge(ctx context.Context, o options, s *subject) (token string, cursors []string, err error) {
	if o.growth == 0 {
		return "", nil, nil
	}
	p.largest = o.growth
	note("%s: importing %d assets", p.kind, o.growth)
	if token, err = s.enter(ctx, "huge"); err != nil {
		return "", nil, err
	}
	if err := s.fill(ctx, o.growth); err != nil {
		return "", nil, err
	}
	_, cursors, err = s.sample(ctx, o.growth)
	return token, cursors, err
}
