// Package load makes load over HTTP/1.1 and measures what it costs the servers.
//
// Each connection sends its next request when the last answer has come, when
// the answer says so, or when one is due by the clock. It speaks raw keep-alive
// HTTP/1.1 (net/http's client would cost more than most
// servers under test) and reads the CPU seconds and the memory of the servers'
// process trees from /proc, so it runs on Linux only.
package load

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A Request is what is sent again and again. In URL and Body {rand:A-B} stands
// for an integer, {seq} for a number unique to the process, and {pick} for one
// of Picks.
type Request struct {
	Method string
	Addr   string // host:port
	Path   string
	Header []string // "Name: value"
	Body   string
	Picks  []string
	Expect int // the status that is no error
}

// Options say how much load there is.
type Options struct {
	Connections int
	// requests a second that are due whether or not the earlier ones are answered; 0 is one after the other on each
	// connection
	Rate         float64
	Patient      bool // who is sent away comes back when Retry-After says, or up to half as much later, not at once
	Warm, During time.Duration
	Processes    []int // process trees to account for
}

// A Result is what was measured.
type Result struct {
	Requests int64         // that were answered as expected in the measured time
	Rate     float64       // of these, a second
	Median   time.Duration // of their latency
	P99      time.Duration
	CPU      time.Duration // for each of these, all processes together
	Memory   float64       // MiB of all processes at the end, shared pages divided
	Wrong    map[int]int64 // other statuses than expected; 0 is no answer at all
	Refused  time.Duration // the 99th percentile of the time until such an answer
	Cores    float64       // that all processes kept busy
	Own      float64       // cores that the load itself kept busy
	Others   float64       // cores that were busy with something else
}

// Run makes the load.
func Run(r Request, o Options) (*Result, error) {
	path, body := parse(r.Path), parse(r.Body)
	var head strings.Builder
	fmt.Fprintf(&head, " HTTP/1.1\r\nHost: %s\r\n", r.Addr)
	for _, h := range r.Header {
		head.WriteString(h + "\r\n")
	}
	build := func(to, scratch []byte) (request, rest []byte) {
		to = append(append(to[:0], r.Method...), ' ')
		to = append(render(to, path, r.Picks), head.String()...)
		if r.Method == "GET" {
			return append(to, "\r\n"...), scratch
		}
		scratch = render(scratch[:0], body, r.Picks)
		to = append(to, "Content-Length: "...)
		to = append(strconv.AppendInt(to, int64(len(scratch)), 10), "\r\n\r\n"...)
		return append(to, scratch...), scratch
	}
	begin := time.Now()
	from, until := begin.Add(o.Warm), begin.Add(o.Warm+o.During)
	workers := make([]worker, o.Connections)
	var running sync.WaitGroup
	next := o.next(until)
	for i := range workers {
		running.Go(func() { workers[i].run(r, build, next, from, until) })
	}
	time.Sleep(time.Until(from))
	before, busy0, at := usage(o.Processes), machine(), time.Now()
	time.Sleep(time.Until(until.Add(-20 * time.Millisecond)))
	after, busy1 := usage(o.Processes), machine()
	seconds := time.Since(at).Seconds()
	running.Wait()

	var all, refused histogram
	result := &Result{Wrong: map[int]int64{}}
	for i := range workers {
		w := &workers[i]
		all.add(&w.times)
		refused.add(&w.refusals)
		result.Requests += w.requests
		for status, n := range w.wrong {
			result.Wrong[status] += n
		}
		if w.last != nil && result.Requests == 0 {
			return nil, w.last
		}
	}
	if result.Requests == 0 {
		return nil, fmt.Errorf("%s %s: nothing was answered in time", r.Method, r.Path)
	}
	var refusals int64
	for status, n := range result.Wrong {
		if status != 0 {
			refusals += n
		}
	}
	result.Refused = refused.quantile(.99, refusals)
	result.Rate = float64(result.Requests) / o.During.Seconds()
	result.Median, result.P99 = all.quantile(.5, result.Requests), all.quantile(.99, result.Requests)
	result.Cores, result.Own = (after.cpu-before.cpu)/seconds, (after.own-before.own)/seconds
	result.CPU = time.Duration(result.Cores / result.Rate * float64(time.Second))
	result.Memory = after.memory
	result.Others = max(0, (busy1-busy0)/seconds-result.Cores-result.Own)
	return result, nil
}

// next makes what a connection asks when to send its next request, after an answer that told it to wait so long: it
// returns when that time has come, and was due.
func (o Options) next(until time.Time) func(wait time.Duration) (due time.Time) {
	if o.Rate == 0 {
		return func(wait time.Duration) time.Time {
			if wait > 0 && o.Patient {
				time.Sleep(min(wait+rand.N(wait/2), time.Until(until))) //nolint:gosec // load needs no secrets
			}
			return time.Now()
		}
	}
	dues := make(chan time.Time)
	go func() {
		defer close(dues)
		for due := time.Now(); due.Before(until); due = due.Add(time.Duration(rand.ExpFloat64() / o.Rate * float64(time.Second))) { //nolint:gosec // load needs no secrets
			time.Sleep(time.Until(due))
			dues <- due
		}
	}()
	return func(time.Duration) time.Time {
		if due, ok := <-dues; ok {
			return due
		}
		return until
	}
}

// A worker is one connection.
type worker struct {
	times    histogram
	refusals histogram
	requests int64
	wrong    map[int]int64
	last     error
}

func (w *worker) run(r Request, build func(to, scratch []byte) ([]byte, []byte), next func(time.Duration) time.Time, from, until time.Time) {
	w.wrong = map[int]int64{}
	c := &conn{addr: r.Addr}
	defer c.close()
	var request, scratch []byte
	for {
		start := next(c.wait)
		if !start.Before(until) {
			return
		}
		request, scratch = build(request, scratch)
		status, err := c.do(request)
		if err != nil {
			w.last = err
			time.Sleep(time.Millisecond)
		}
		switch {
		case time.Now().Before(from), time.Now().After(until):
		case status == r.Expect:
			w.requests++
			w.times.note(time.Since(start))
		default:
			w.wrong[status]++
			if err == nil {
				w.refusals.note(time.Since(start))
			}
		}
	}
}

// A part of a template is a text, or what stands in its place.
type part struct {
	text string
	kind string // "" is a text
	a, b int
}

func parse(template string) []part {
	var parts []part
	for template != "" {
		at := strings.IndexByte(template, '{')
		end := strings.IndexByte(template[max(at, 0):], '}') + max(at, 0)
		if at < 0 || end <= at {
			return append(parts, part{text: template})
		}
		p := part{}
		word, bounds, _ := strings.Cut(template[at+1:end], ":")
		low, high, _ := strings.Cut(bounds, "-")
		switch word {
		case "rand":
			p.kind = word
			p.a, _ = strconv.Atoi(low)
			p.b, _ = strconv.Atoi(high)
		case "seq", "pick":
			p.kind = word
		default: // a brace of JSON
			parts, template = append(parts, part{text: template[:at+1]}), template[at+1:]
			continue
		}
		parts = append(parts, part{text: template[:at]}, p)
		template = template[end+1:]
	}
	return parts
}

var sequence atomic.Int64

func render(to []byte, parts []part, picks []string) []byte {
	for _, p := range parts {
		switch p.kind {
		case "rand":
			to = strconv.AppendInt(to, int64(p.a+rand.IntN(p.b-p.a+1)), 10) //nolint:gosec // load needs no secrets
		case "seq":
			to = strconv.AppendInt(to, sequence.Add(1), 10)
		case "pick":
			to = append(to, picks[rand.IntN(len(picks))]...) //nolint:gosec // load needs no secrets
		default:
			to = append(to, p.text...)
		}
	}
	return to
}
