package main

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A report is the page.
type report struct {
	options
	parts  []part
	binary int64
	reviews
	at time.Time
}

var titles = map[string]string{"sqlite": "SQLite", "postgres": "PostgreSQL"}

func (r report) markdown() string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	say("# Benchmarks\n")
	say("Written by `go tool task bench` on %s; %s, %d processors, %s/%s, %s.\n", r.at.UTC().Format(time.DateOnly), processor(), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	say("Each figure is the CPU time of one request, server and database together, and its ratio to a yardstick written by hand")
	say("(`bench/limit`: net/http over pgxpool or SQLite, nothing else). Both ran in the same minute, in turns, at %d connections", r.connections)
	say("for %s each; the median of %d rounds counts. The tenant has %d assets, the yardstick as many rows. Everything is on: token,", r.during, r.rounds, r.rows)
	say("tenant, policy, validation, journal, metrics, log. PostgreSQL and SQLite write to the disk as in production.\n")
	say("Beyond saturation, and for the peak that this is compared with, the load runs on processors of its own (the last quarter, at least")
	say("one), the server and its database on the others.\n")
	for _, p := range r.parts {
		say("## %s\n", titles[p.kind])
		say("| operation | protocol | yardstick µs | Holdfast µs | ratio | must | aim | | requests/s | p50 ms | p99 ms |")
		say("|---|---|---:|---:|---:|---:|---:|---|---:|---:|---:|")
		for _, l := range p.lines {
			aim := "–"
			if l.aim > 0 {
				aim = fmt.Sprintf("%.1f", l.aim)
			}
			say("| %s | %s | %.0f | %.0f | **%.2f** | ≤ %.1f | %s | %s | %.0f | %.1f | %.1f |", l.operation, l.protocol, l.limit.CPU.Seconds()*1e6, l.ours.CPU.Seconds()*1e6,
				l.ratio, l.must, aim, verdict(l.ratio <= l.must), l.ours.Rate, l.ours.Median.Seconds()*1e3, l.ours.P99.Seconds()*1e3)
		}
		say("\n| footprint | measured | must | |")
		say("|---|---:|---:|---|")
		first := 3 * time.Second
		if p.kind == "postgres" {
			first = 5 * time.Second
		}
		say("| ready, first start with all migrations | %.2f s | ≤ %.0f s | %s |", p.first.Seconds(), first.Seconds(), verdict(p.first <= first))
		say("| ready, migrated | %.2f s | ≤ 0.5 s | %s |", p.again.Seconds(), verdict(p.again <= 500*time.Millisecond))
		say("| memory, idle (without pages of files) | %.0f (%.0f) MiB | ≤ 60 MiB | %s |", p.idle, p.idleOwn, verdict(p.idle <= 60))
		say("| memory, after the loads at 64 connections | %.0f (%.0f) MiB | ≤ 200 MiB | %s |", p.after, p.afterOwn, verdict(p.after <= 200))
		for _, name := range slices.Sorted(maps.Keys(p.growth)) {
			say("| growth from %d to %d rows: %s | %.2f × | ≤ 1.5 × | %s |", p.smallest, p.largest, name, p.growth[name], verdict(p.growth[name] <= 1.5))
		}
		p.overload.report(say)
		say("")
	}
	say("## Reviews\n")
	say("By the benchmarks beside the code: `go test -run '^$' -bench 'PDF|ListFindings' ./server/internal/report ./server/findings`.\n")
	say("| what | measured | must | |")
	say("|---|---:|---:|---|")
	say("| PDF of 250 findings with 20 pictures of 1920 × 1080 | %.1f s | ≤ 3 s | %s |", r.seconds, verdict(r.seconds <= 3))
	say("| – its memory at most | %.0f MiB | ≤ 150 MiB | %s |", r.peak, verdict(r.peak <= 150))
	for _, kind := range slices.Sorted(maps.Keys(r.findings)) {
		say("| page of 25 findings by REST, of a page of 25 assets in the same turn, %s | %.2f × | – | |", titles[kind], r.findings[kind])
	}
	say("")
	say("The binary, stripped, with what web client was built: %.1f MB (must: ≤ 90 MB with it) %s.", float64(r.binary)/1e6, verdict(r.binary <= 90e6))
	return b.String()
}

func verdict(good bool) string {
	if good {
		return "✓"
	}
	return "missed"
}

// processor is the machine's class.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.TrimSpace(strings.TrimLeft(name, "\t :"))
		}
	}
	return "unknown processor"
}
