package sla

import (
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/calendar"
)

// The clocks.
const (
	Response = "response"
	Resolve  = "resolve"
)

// WarnAt is the share of a target at which people are warned.
const WarnAt = 0.75

// Entry is what a ticket was from an instant on, until the next entry.
type Entry struct {
	At     time.Time
	Status string
	// Priority is 1 to 5.
	Priority int32
	// Policy is the one that the ticket is judged by from here on.
	Policy *Policy
	// Why is what people gave as the reason, shown in the explanation.
	Why string
}

// Phase is what a clock does in a status.
type Phase int

// The phases.
const (
	Runs Phase = iota
	Pauses
	// Done is what the target promises. A clock that goes on from there (a reopening) leaves the time between out.
	Done
	// Stopped is an end without it.
	Stopped
)

// Clock tells which phase each status is; a status that it does not name runs.
type Clock struct {
	Name   string
	Phases map[string]Phase
	// Once done, it stays done.
	Once bool
}

// Verdict is what a clock shows at an instant.
type Verdict struct {
	Clock string
	// State is running, paused, off_hours, met, breached or stopped.
	State            string
	Target, Elapsed  time.Duration
	DueAt, WarnAt    time.Time // zero while paused, or when never within the calendar's horizon
	Breached, Warned bool
	BreachedAt       time.Time
	DoneAt           time.Time
	Calendar         *calendar.Calendar

	segments []segment
}

// Remaining is what is left of the target, never less than nothing.
func (v *Verdict) Remaining() time.Duration { return max(0, v.Target-v.Elapsed) }

// Percent is the used share of the target.
func (v *Verdict) Percent() float64 { return 100 * float64(v.Elapsed) / float64(v.Target) }

type segment struct {
	from, until time.Time
	phase       Phase
	status, why string
}

// Judge reads the clock at an instant, by the priority and the policy of that instant over the whole history before it;
// a breach under what was promised before a change of either stays one. The history is in order and its first entry is
// the beginning. It is nil when the policy promises nothing, or the history begins later.
func (c Clock) Judge(history []Entry, at time.Time) *Verdict {
	v := c.read(history, at)
	if v == nil || v.Breached {
		return v
	}
	for i := 1; i < len(history) && !history[i].At.After(at); i++ {
		was, is := history[i-1], history[i]
		if was.Priority == is.Priority && was.Policy == is.Policy {
			continue
		}
		if before := c.read(history[:i], is.At); before != nil && before.Breached {
			v.Breached, v.BreachedAt, v.DueAt, v.State = true, before.BreachedAt, before.BreachedAt, "breached"
			return v
		}
	}
	return v
}

// read is Judge without what was promised before.
func (c Clock) read(history []Entry, at time.Time) *Verdict {
	past := history
	for i, e := range history {
		if e.At.After(at) {
			past = history[:i]
			break
		}
	}
	if len(past) == 0 {
		return nil
	}
	now := past[len(past)-1]
	target, cal, promised := now.Policy.goal(now.Priority, c.Name)
	if !promised {
		return nil
	}
	v := &Verdict{Clock: c.Name, Target: target, Calendar: cal, segments: c.segments(past, at)}
	warn := time.Duration(float64(target) * WarnAt)
	last := v.segments[len(v.segments)-1]
	for i, s := range v.segments {
		end := i == len(v.segments)-1
		if s.phase != Runs {
			v.DueAt, v.WarnAt = time.Time{}, time.Time{}
			if s.phase != Pauses { // where it would have been due, had it gone on
				v.DueAt, v.WarnAt = due(cal, s.from, target-v.Elapsed), due(cal, s.from, warn-v.Elapsed)
			}
			continue
		}
		v.DueAt, v.WarnAt = due(cal, s.from, target-v.Elapsed), due(cal, s.from, warn-v.Elapsed)
		if !v.Breached && over(v.DueAt, s.until, end) {
			v.Breached, v.BreachedAt = true, v.DueAt
		}
		v.Warned = v.Warned || over(v.WarnAt, s.until, end)
		v.Elapsed += cal.Between(s.from, s.until)
	}
	if v.Breached {
		v.DueAt = v.BreachedAt
	}
	if last.phase == Done || last.phase == Stopped {
		v.DoneAt = last.from
	}
	v.State = v.state(last.phase, at)
	return v
}

// over tells whether an instant is past while the clock ran until an end; one that still runs at that end is late at
// once.
func over(t, until time.Time, running bool) bool {
	return !t.IsZero() && (t.Before(until) || running && t.Equal(until))
}

func due(cal *calendar.Calendar, from time.Time, left time.Duration) time.Time {
	t, ok := cal.After(from, left)
	if !ok {
		return time.Time{}
	}
	return t
}

func (v *Verdict) state(phase Phase, at time.Time) string {
	switch {
	case v.Breached:
		return "breached"
	case phase == Done:
		return "met"
	case phase == Stopped:
		return "stopped"
	case phase == Pauses:
		return "paused"
	case !v.Calendar.Open(at):
		return "off_hours"
	}
	return "running"
}

// segments are the history by phase, until at. Entries that change nothing for the clock are joined to the one before.
func (c Clock) segments(past []Entry, at time.Time) []segment {
	var out []segment
	for i, e := range past {
		until := at
		if i+1 < len(past) {
			until = past[i+1].At
		}
		s := segment{from: e.At, until: until, phase: c.Phases[e.Status], status: e.Status, why: e.Why}
		n := len(out)
		if n > 0 && c.Once && out[n-1].phase == Done {
			s.phase, s.status, s.why = Done, out[n-1].status, out[n-1].why
		}
		if n > 0 && out[n-1].phase == s.phase && out[n-1].status == s.status {
			out[n-1].until = until
			continue
		}
		out = append(out, s)
	}
	return out
}

// Next is the first instant after a judgement at which one of these clocks has something to tell: a warning or a
// breach. It is zero when none will.
func Next(at time.Time, verdicts ...*Verdict) time.Time {
	var next time.Time
	for _, v := range verdicts {
		if v == nil || v.State != "running" && v.State != "off_hours" {
			continue
		}
		for _, t := range []time.Time{v.WarnAt, v.DueAt} {
			if t.After(at) && (next.IsZero() || t.Before(next)) {
				next = t
			}
		}
	}
	return next
}
