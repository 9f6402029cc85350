package sla

import (
	"strings"
	"time"
)

// Interval is a stretch of time in which a clock ran or stood, and why.
type Interval struct {
	From, Until time.Time
	Running     bool
	Counted     time.Duration
	Status, Why string
}

// most is how many pieces of a calendar an explanation shows of one status; beyond it the status is shown in one piece.
const most = 500

// Intervals explain the elapsed time, oldest first and without gaps; what they counted adds up to it.
func (v *Verdict) Intervals() []Interval {
	out := []Interval{}
	for _, s := range v.segments {
		if !s.until.After(s.from) {
			continue
		}
		base := Interval{From: s.from, Until: s.until, Status: s.status}
		if s.phase != Runs {
			base.Why = stands(s)
			out = append(out, base)
			continue
		}
		pieces, ok := v.Calendar.Stretches(s.from, s.until, most)
		if !ok {
			base.Running, base.Counted = true, v.Calendar.Between(s.from, s.until)
			base.Why = words(s.status) + ", in the business hours of " + v.Calendar.Name()
			out = append(out, base)
			continue
		}
		for _, p := range pieces {
			i := Interval{From: p.From, Until: p.Until, Running: p.Open, Status: s.status, Why: p.Why}
			if p.Open {
				i.Counted = p.Until.Sub(p.From)
				i.Why = strings.TrimSuffix(words(s.status)+", "+p.Why, ", ")
			}
			out = append(out, i)
		}
	}
	return out
}

func stands(s segment) string {
	if s.why != "" {
		return words(s.status) + ": " + s.why
	}
	return words(s.status)
}

func words(status string) string { return strings.ReplaceAll(status, "_", " ") }
