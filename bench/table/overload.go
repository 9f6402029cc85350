package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/holdfast-platform/holdfast/bench/load"
)

// overload is what happens beyond saturation.
type overload struct {
	peak, cost float64 // good answers a second with as many callers as are served best, and the CPU seconds of one
	loads      []excess
	fair       fairness
}

// fairness is what one caller gets beside another who comes back at once on many connections.
type fairness struct {
	others, hammering float64 // good answers a second
}

// share is the part of an equal share that the other caller got.
func (f fairness) share() float64 { return f.others / ((f.others + f.hammering) / 2) }

// excess is a load that is more than the server can answer.
type excess struct {
	name    string
	must    float64 // good answers of the peak's; 0 has none
	good    load.Result
	refused float64 // answers a second that sent a caller away
	// CPU seconds of one of them: what is left of the server's when each good answer costs what it costs at the peak
	cost     float64
	ours, by float64 // cores that the server with its database, and the load itself, kept busy
}

// callers are the numbers among which the peak is looked for.
var callers = []int{16, 32, 64}

// many is how many connections a load opens for callers who come when it suits them.
const many = 4096

// flood asks for records by more than the server can answer. The load has processors of its own, at the peak and beyond
// it: it would else take from the server what it needs itself. What is refused must be refused as overload.
func flood(o options, kind string, s *subject, ids []string) (out overload, err error) {
	processes := s.processes(kind)
	free, err := load.Pin(processes)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, free()) }()
	time.Sleep(2 * time.Second) // until the runtimes have seen that they have fewer processors
	run := func(name string, must float64, l load.Options) (*excess, error) {
		l.Processes = processes
		r, err := load.Run(load.Request{Method: "GET", Addr: s.addr, Path: "/api/v1/assets/{pick}", Header: []string{bearer + s.token}, Picks: ids, Expect: http.StatusOK}, l)
		if err != nil {
			return nil, err
		}
		x := &excess{name: name, must: must, good: *r, ours: r.Cores, by: r.Own}
		for status, count := range r.Wrong {
			if status != http.StatusServiceUnavailable && status != http.StatusTooManyRequests {
				return nil, fmt.Errorf("%s: %d answers had the status %d", name, count, status)
			}
			x.refused += float64(count) / l.During.Seconds()
		}
		if x.refused > 0 {
			x.cost = max(0, r.Cores-r.Rate*out.cost) / x.refused
		}
		note("%-9s %s: %.0f good answers a second, 99 %% within %s; %.0f refused, 99 %% within %s; %.2f cores, the load %.2f, others %.2f", kind, name, r.Rate, r.P99, x.refused, r.Refused, r.Cores, r.Own, r.Others)
		return x, nil
	}
	for _, n := range callers {
		x, err := run(fmt.Sprint(n, " callers"), 0, load.Options{Connections: n, Warm: o.during / 2, During: o.during})
		if err != nil {
			return out, err
		}
		if x.good.Rate > out.peak {
			out.peak, out.cost = x.good.Rate, x.good.CPU.Seconds()
		}
	}
	for _, l := range []struct {
		name string
		must float64
		load load.Options
	}{
		{"1024 callers who wait as told", .8, load.Options{Connections: 1024, Patient: true, Warm: settled, During: settled}},
		{"4096 callers who wait as told", .8, load.Options{Connections: many, Patient: true, Warm: settled, During: settled}},
		{"twice the peak's calls, whatever is answered", .5, load.Options{Connections: many, Rate: 2 * out.peak, Warm: o.during, During: o.during}},
		{"1024 callers who come back at once", 0, load.Options{Connections: 1024, Warm: o.during, During: o.during}},
	} {
		x, err := run(l.name, l.must, l.load)
		if err != nil {
			return out, err
		}
		out.loads = append(out.loads, *x)
	}
	out.fair, err = beside(o, kind, s, ids)
	return out, err
}

// beside lets a second credential ask on as many connections as are served best, beside one that hammers on 1024.
func beside(o options, kind string, s *subject, ids []string) (f fairness, err error) {
	var other struct{ Token string }
	if err := s.call(context.Background(), "POST", "/api/v1/api-tokens", "application/json", []byte(`{"name":"other","scopes":["*"]}`), &other); err != nil {
		return f, err
	}
	ask := func(token string, connections int) (float64, error) {
		r, err := load.Run(load.Request{
			Method: "GET", Addr: s.addr, Path: "/api/v1/assets/{pick}", Header: []string{bearer + token}, Picks: ids, Expect: http.StatusOK,
		}, load.Options{Connections: connections, Warm: o.during, During: o.during, Processes: s.processes(kind)})
		if err != nil {
			return 0, err
		}
		return r.Rate, nil
	}
	failed := make(chan error, 1)
	go func() {
		var err error
		f.hammering, err = ask(s.token, 1024)
		failed <- err
	}()
	f.others, err = ask(other.Token, callers[len(callers)-1])
	if err = errors.Join(err, <-failed); err == nil {
		note("%-9s beside one who hammers: %.0f good answers a second, of the other's %.0f", kind, f.others, f.hammering)
	}
	return f, err
}

// settled is how long a load lasts whose callers may be told to stay away for seconds.
const settled = 10 * time.Second

// report writes the lines of the table.
func (out overload) report(say func(format string, args ...any)) {
	for _, x := range out.loads {
		must, good := "–", ""
		if x.must > 0 {
			must, good = fmt.Sprintf("≥ %.0f %%", 100*x.must), verdict(x.good.Rate >= x.must*out.peak)
		}
		say("| beyond saturation, %s: good answers of the peak's %.0f a second | %.0f %% | %s | %s |", x.name, out.peak, 100*x.good.Rate/out.peak, must, good)
		if x.refused > 0 {
			late, cost := x.good.Refused.Seconds()*1e3, ""
			if x.refused > x.good.Rate { // else the cost of many connections hides that of sending away
				cost = fmt.Sprintf(" (%.0f µs of the server's CPU each, a good answer has %.0f at the peak)", x.cost*1e6, out.cost*1e6)
			}
			say("| – %.0f a second sent away%s, 99 %% of them within | %.0f ms | ≤ 100 ms | %s |", x.refused, cost, late, verdict(late <= 100))
		}
		say("| – 99 %% of the good answers within; cores busy with the server and its database, and with the load | %.0f ms; %.1f, %.1f | – | |", x.good.P99.Seconds()*1e3, x.ours, x.by)
	}
	say("| beside one caller who comes back at once on 1024 connections: another's good answers, of an equal share | %.0f %% | ≥ 80 %% | %s |", 100*out.fair.share(), verdict(out.fair.share() >= .8))
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
