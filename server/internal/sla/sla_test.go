package sla_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

// monday is 2026-11-23, 09:00 in Vienna.
var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return monday.Add(d) }

// policy has round the clock for priorities 1 to 3 as by default, and office hours in Vienna for 4 and 5.
func policy(t *testing.T) *sla.Policy {
	t.Helper()
	p, err := sla.Parse(1, nil,
		json.RawMessage(`[{"priority":1,"response_minutes":15,"resolve_minutes":240},{"priority":3,"response_minutes":120,"resolve_minutes":1440},
			{"priority":4,"response_minutes":480,"resolve_minutes":960,"calendar":"Office"}]`),
		json.RawMessage(`[{"name":"Office","time_zone":"Europe/Vienna","holidays":["2026-11-25"],"weekly":[
			{"day":"monday","from":"09:00","to":"17:00"},{"day":"tuesday","from":"09:00","to":"17:00"},{"day":"wednesday","from":"09:00","to":"17:00"},
			{"day":"thursday","from":"09:00","to":"17:00"},{"day":"friday","from":"09:00","to":"17:00"}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestResolveClock(t *testing.T) {
	t.Parallel()
	p := policy(t)
	at := func(d time.Duration, status string, priority int32) sla.Entry {
		return sla.Entry{At: after(d), Status: status, Priority: priority, Policy: p}
	}
	h, m := time.Hour, time.Minute
	cases := []struct {
		name    string
		history []sla.Entry
		now     time.Duration
		state   string
		elapsed time.Duration
		due     time.Duration // since monday; -1 is none
		breach  time.Duration // -1 is none
	}{
		{"just made", []sla.Entry{at(0, "new", 1)}, 0, "running", 0, 4 * h, -1},
		{"runs", []sla.Entry{at(0, "new", 1)}, h, "running", h, 4 * h, -1},
		{"breaks at the due time, not later", []sla.Entry{at(0, "new", 1)}, 4 * h, "breached", 4 * h, 4 * h, 4 * h},
		{"not a second earlier", []sla.Entry{at(0, "new", 1)}, 4*h - time.Second, "running", 4*h - time.Second, 4 * h, -1},
		{"resolved at the very due time is in time", []sla.Entry{at(0, "new", 1), at(4*h, "resolved", 1)}, 9 * h, "met", 4 * h, 4 * h, -1},
		{"resolved too late", []sla.Entry{at(0, "new", 1), at(5*h, "resolved", 1)}, 9 * h, "breached", 5 * h, 4 * h, 4 * h},
		{"on hold stands", []sla.Entry{at(0, "new", 1), at(h, "on_hold", 1)}, 90 * h, "paused", h, -1, -1},
		{"and goes on", []sla.Entry{at(0, "new", 1), at(h, "on_hold", 1), at(91*h, "in_progress", 1)}, 92 * h, "running", 2 * h, 94 * h, -1},
		{"twice on hold", []sla.Entry{at(0, "new", 1), at(h, "on_hold", 1), at(2*h, "in_progress", 1), at(3*h, "on_hold", 1), at(10*h, "in_progress", 1)}, 11 * h, "running", 3 * h, 12 * h, -1},
		{"held at the very due time breaks when it goes on", []sla.Entry{at(0, "new", 1), at(4*h, "on_hold", 1), at(5*h, "in_progress", 1)}, 6 * h, "breached", 5 * h, 5 * h, 5 * h},
		{"reopened goes on where it was", []sla.Entry{at(0, "new", 1), at(2*h, "resolved", 1), at(26*h, "in_progress", 1)}, 27 * h, "running", 3 * h, 28 * h, -1},
		{"a breach stays after a hold", []sla.Entry{at(0, "new", 1), at(5*h, "on_hold", 1)}, 90 * h, "breached", 5 * h, 4 * h, 4 * h},
		{"cancelled in time", []sla.Entry{at(0, "new", 1), at(h, "cancelled", 1)}, 90 * h, "stopped", h, 4 * h, -1},
		{"a raised priority judges all of it", []sla.Entry{at(0, "new", 3), at(10*h, "new", 1)}, 10 * h, "breached", 10 * h, 4 * h, 4 * h},
		{"before it was raised nothing was late", []sla.Entry{at(0, "new", 3), at(10*h, "new", 1)}, 9 * h, "running", 9 * h, 24 * h, -1},
		{"a lowered priority unsays no breach", []sla.Entry{at(0, "new", 1), at(10*h, "new", 3)}, 11 * h, "breached", 11 * h, 4 * h, 4 * h},
		{"not after two changes either", []sla.Entry{at(0, "new", 1), at(10*h, "new", 3), at(11*h, "new", 4)}, 12 * h, "breached", 8 * h, 4 * h, 4 * h},
		{"lowered before it broke", []sla.Entry{at(0, "new", 1), at(3*h, "new", 3)}, 11 * h, "running", 11 * h, 24 * h, -1},
		{"a raised priority, less the hold", []sla.Entry{at(0, "new", 3), at(h, "on_hold", 3), at(9*h, "in_progress", 3), at(10*h, "in_progress", 1)}, 10 * h, "running", 2 * h, 12 * h, -1},
		{"office hours: Monday and Tuesday, then Thursday", []sla.Entry{at(h, "new", 4)}, 2 * h, "running", h, 72*h + h, -1},
		{"off hours in the evening", []sla.Entry{at(0, "new", 4)}, 9 * h, "off_hours", 8 * h, 24*h + 8*h, -1},
		{"breaks when the office closes, not when it opens", []sla.Entry{at(0, "new", 4)}, 32 * h, "breached", 16 * h, 32 * h, 32 * h},
		{"held over night loses nothing", []sla.Entry{at(0, "new", 4), at(8*h, "on_hold", 4), at(23*h, "in_progress", 4)}, 24*h + 30*m, "running", 8*h + 30*m, 32 * h, -1},
		{"priority changed into office hours", []sla.Entry{at(0, "new", 3), at(20*h, "new", 4)}, 20 * h, "off_hours", 8 * h, 32 * h, -1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := sla.IncidentResolve.Judge(c.history, after(c.now))
			instant := func(what string, got time.Time, want time.Duration) {
				if want < 0 != got.IsZero() || want >= 0 && !got.Equal(after(want)) {
					t.Errorf("%s is %v (%v), want %v", what, got, got.Sub(monday), want)
				}
			}
			if v.State != c.state || v.Elapsed != c.elapsed {
				t.Errorf("%s after %v, want %s after %v", v.State, v.Elapsed, c.state, c.elapsed)
			}
			instant("due", v.DueAt, c.due)
			instant("breached", v.BreachedAt, c.breach)
			if v.Breached != (c.breach >= 0) {
				t.Errorf("breached: %v", v.Breached)
			}
		})
	}
}

func TestResponseClock(t *testing.T) {
	t.Parallel()
	p := policy(t)
	at := func(d time.Duration, status string) sla.Entry {
		return sla.Entry{At: after(d), Status: status, Priority: 1, Policy: p}
	}
	m := time.Minute
	for _, c := range []struct {
		name    string
		history []sla.Entry
		state   string
		elapsed time.Duration
		done    time.Duration
	}{
		{"waits", []sla.Entry{at(0, "new")}, "breached", time.Hour, -1},
		{"answered", []sla.Entry{at(0, "new"), at(10*m, "acknowledged")}, "met", 10 * m, 10 * m},
		{"answered late", []sla.Entry{at(0, "new"), at(20*m, "acknowledged")}, "breached", 20 * m, 20 * m},
		{"stays answered whatever comes", []sla.Entry{at(0, "new"), at(10*m, "acknowledged"), at(11*m, "in_progress"), at(12*m, "on_hold"), at(13*m, "cancelled")}, "met", 10 * m, 10 * m},
		{"cancelled before", []sla.Entry{at(0, "new"), at(10*m, "cancelled")}, "stopped", 10 * m, 10 * m},
		{"merged before", []sla.Entry{at(0, "new"), at(10*m, "closed")}, "stopped", 10 * m, 10 * m},
	} {
		v := sla.IncidentResponse.Judge(c.history, after(time.Hour))
		if v.State != c.state || v.Elapsed != c.elapsed || (c.done < 0) != v.DoneAt.IsZero() || c.done >= 0 && !v.DoneAt.Equal(after(c.done)) {
			t.Errorf("%s: %s after %v, done %v", c.name, v.State, v.Elapsed, v.DoneAt)
		}
	}
}

func TestNothingPromised(t *testing.T) {
	t.Parallel()
	p := policy(t)
	if v := sla.IncidentResolve.Judge([]sla.Entry{{At: monday, Status: "new", Priority: 5, Policy: p}}, after(time.Hour)); v != nil {
		t.Errorf("priority 5 has no target: %+v", v)
	}
	if v := sla.IncidentResolve.Judge([]sla.Entry{{At: monday, Status: "new", Priority: 1, Policy: p}}, monday.Add(-1)); v != nil {
		t.Errorf("judged before it was made: %+v", v)
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	p := policy(t)
	history := []sla.Entry{{At: monday, Status: "new", Priority: 1, Policy: p}}
	next := func(d time.Duration) time.Duration {
		at := after(d)
		n := sla.Next(at, sla.IncidentResponse.Judge(history, at), sla.IncidentResolve.Judge(history, at), nil)
		if n.IsZero() {
			return -1
		}
		return n.Sub(monday)
	}
	// Response 15 minutes: warned at 11:15, broken at 15:00. Resolution 4 hours: warned at 3 h.
	steps := []time.Duration{0, 11*time.Minute + 15*time.Second, 15 * time.Minute, 3 * time.Hour, 4 * time.Hour}
	for i, s := range steps {
		want := time.Duration(-1)
		if i+1 < len(steps) {
			want = steps[i+1]
		}
		if got := next(s); got != want {
			t.Errorf("after %v comes %v, want %v", s, got, want)
		}
	}
	history = append(history, sla.Entry{At: after(time.Hour), Status: "on_hold", Priority: 1, Policy: p})
	if got := next(2 * time.Hour); got != -1 {
		t.Errorf("on hold nothing comes, but %v", got)
	}
}

func TestExplanation(t *testing.T) {
	t.Parallel()
	p := policy(t)
	history := []sla.Entry{
		{At: monday, Status: "new", Priority: 4, Policy: p},
		{At: after(7 * time.Hour), Status: "in_progress", Priority: 4, Policy: p},
		{At: after(24 * time.Hour), Status: "on_hold", Priority: 4, Policy: p, Why: "waiting for the vendor"},
		{At: after(30 * time.Hour), Status: "in_progress", Priority: 4, Policy: p},
	}
	v := sla.IncidentResolve.Judge(history, after(73*time.Hour))
	var got []string
	var sum time.Duration
	last := monday
	for _, i := range v.Intervals() {
		if !i.From.Equal(last) {
			t.Errorf("a gap before %v", i.From)
		}
		last = i.Until
		sum += i.Counted
		if i.Running != (i.Counted > 0) {
			t.Errorf("running %v but counted %v", i.Running, i.Counted)
		}
		got = append(got, i.Counted.String()+" "+i.Why)
	}
	want := "7h0m0s new, business hours of Office|1h0m0s in progress, business hours of Office|0s outside business hours of Office|" +
		"0s on hold: waiting for the vendor|2h0m0s in progress, business hours of Office|0s outside business hours of Office|" +
		"0s holiday 2026-11-25|0s outside business hours of Office|1h0m0s in progress, business hours of Office"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if sum != v.Elapsed || !last.Equal(after(73*time.Hour)) {
		t.Errorf("the intervals count %v until %v, the clock %v", sum, last, v.Elapsed)
	}
	old := []sla.Entry{{At: monday.AddDate(-8, 0, 0), Status: "new", Priority: 4, Policy: p}}
	long := sla.IncidentResolve.Judge(old, monday)
	if is := long.Intervals(); len(is) != 1 || is[0].Counted != long.Elapsed {
		t.Errorf("eight years are told in %d pieces", len(is))
	}
}

// Any history, judged at once, equals the same one counted minute by minute; what is due is exactly when the count is
// full.
func TestAgainstASlowClock(t *testing.T) {
	t.Parallel()
	p := policy(t)
	cal := func(at time.Time) bool { // Office, without daylight saving in November
		w := at.Add(time.Hour)
		return w.Weekday() != 0 && w.Weekday() != 6 && w.Hour() >= 9 && w.Hour() < 17 && w.Format(time.DateOnly) != "2026-11-25"
	}
	targets := map[int32]time.Duration{1: 4 * time.Hour, 3: 24 * time.Hour, 4: 16 * time.Hour}
	statuses := []string{"acknowledged", "in_progress", "on_hold", "resolved", "in_progress", "closed"}
	r := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var history []sla.Entry
		at, status, priority := time.Duration(r.IntN(24*60))*time.Minute, "new", []int32{1, 3, 4}[r.IntN(3)]
		for range 1 + r.IntN(8) {
			history = append(history, sla.Entry{At: after(at), Status: status, Priority: priority, Policy: p})
			at += time.Duration(1+r.IntN(20*60)) * time.Minute
			if r.IntN(4) == 0 {
				priority = []int32{1, 3, 4}[r.IntN(3)]
			} else {
				status = statuses[r.IntN(len(statuses))]
			}
		}
		now := after(at)
		last := history[len(history)-1]
		target := targets[last.Priority]
		var elapsed time.Duration
		var breached time.Time
		for m := history[0].At; m.Before(now); m = m.Add(time.Minute) {
			s := history[0].Status
			for _, e := range history {
				if !e.At.After(m) {
					s = e.Status
				}
			}
			if s == "on_hold" || s == "resolved" || s == "closed" || last.Priority == 4 && !cal(m) {
				continue
			}
			if elapsed >= target && breached.IsZero() {
				breached = m
			}
			elapsed += time.Minute
		}
		v := sla.IncidentResolve.Judge(history, now)
		if v.Elapsed != elapsed {
			t.Fatalf("%v\nelapsed %v, want %v", history, v.Elapsed, elapsed)
		}
		if !breached.IsZero() && (!v.Breached || v.BreachedAt.After(breached)) {
			t.Fatalf("%v\nover at %v, but breached %v at %v", history, breached, v.Breached, v.BreachedAt)
		}
		changed := slices.ContainsFunc(history, func(e sla.Entry) bool { return e.Priority != last.Priority })
		if v.Breached && elapsed < target && !changed { // what was promised before a change counts too
			t.Fatalf("%v\nbreached after only %v", history, elapsed)
		}
		if v.State == "running" || v.State == "off_hours" {
			if full := sla.IncidentResolve.Judge(history, v.DueAt); !full.Breached || full.Elapsed != target {
				t.Fatalf("%v\ndue at %v, when %v of %v have counted", history, v.DueAt, full.Elapsed, target)
			}
			if short := sla.IncidentResolve.Judge(history, v.DueAt.Add(-time.Microsecond)); short.Breached {
				t.Fatalf("%v\nbroken before it was due", history)
			}
		}
		var sum time.Duration
		for _, i := range v.Intervals() {
			sum += i.Counted
		}
		if sum != v.Elapsed {
			t.Fatalf("the intervals count %v, the clock %v", sum, v.Elapsed)
		}
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	d := sla.Default()
	for _, c := range [][3]int32{{1, 1, 1}, {1, 2, 2}, {2, 1, 2}, {1, 3, 3}, {2, 2, 3}, {3, 1, 3}, {2, 3, 4}, {3, 2, 4}, {3, 3, 5}} {
		if got := d.Priority(c[0], c[1]); got != c[2] {
			t.Errorf("impact %d, urgency %d: priority %d, want %d", c[0], c[1], got, c[2])
		}
	}
	bad := map[string][3]string{
		"a priority out of range":  {`[[1,2,3],[2,3,4],[3,4,6]]`, ``, ``},
		"an unknown calendar":      {``, `[{"priority":1,"response_minutes":1,"resolve_minutes":1,"calendar":"Nowhere"}]`, ``},
		"a priority twice":         {``, `[{"priority":1},{"priority":1}]`, ``},
		"no such priority":         {``, `[{"priority":6}]`, ``},
		"negative minutes":         {``, `[{"priority":1,"response_minutes":-1}]`, ``},
		"a calendar without hours": {``, ``, `[{"name":"x","weekly":[]}]`},
		"a calendar twice":         {``, ``, `[{"name":"x","weekly":[{"day":"monday","from":"08:00","to":"09:00"}]},{"name":"x","weekly":[{"day":"monday","from":"08:00","to":"09:00"}]}]`},
		"no such day":              {``, ``, `[{"name":"x","weekly":[{"day":"mon","from":"08:00","to":"09:00"}]}]`},
		"no such zone":             {``, ``, `[{"name":"x","time_zone":"Mars/Olympus","weekly":[{"day":"monday","from":"08:00","to":"09:00"}]}]`},
		"no such date":             {``, ``, `[{"name":"x","holidays":["2026-13-01"],"weekly":[{"day":"monday","from":"08:00","to":"09:00"}]}]`},
		"broken JSON":              {`[`, ``, ``},
	}
	for name, b := range bad {
		if _, err := sla.Parse(1, json.RawMessage(b[0]), json.RawMessage(b[1]), json.RawMessage(b[2])); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
