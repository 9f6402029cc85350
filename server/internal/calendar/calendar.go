// Package calendar counts working time: how much of it lies between two instants, and when some amount of it is over.
// Time counts while the wall clock of a place shows one of the calendar's hours, on days that are no holidays. Where a
// clock is put forward, an hour that does not exist does not count; where it is put back, an hour that comes twice
// counts twice.
package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // the zones, wherever the program runs
)

// Hours is a stretch of a day, every week, by the wall clock.
type Hours struct {
	Day time.Weekday
	// From and To are minutes since midnight, 0 to 1440; To is not included.
	From, To int
}

// Date is a day of the civil calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// String is YYYY-MM-DD.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// ParseDate reads YYYY-MM-DD and refuses days that do not exist.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date like 2026-12-25", s)
	}
	return Date{t.Year(), t.Month(), t.Day()}, nil
}

// ParseClock reads HH:MM, 00:00 to 24:00, as minutes since midnight.
func ParseClock(s string) (int, error) {
	if s == "24:00" {
		return minutesOfDay, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, fmt.Errorf("%q is not a time of day like 08:30", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}

const minutesOfDay = 24 * 60

// Horizon is how far ahead a calendar is followed: what is not over by then never is.
const Horizon = 100 * 366 * 24 * time.Hour

// Calendar says when time counts. It never changes and may be used from many goroutines.
type Calendar struct {
	name     string
	zone     *time.Location
	week     [7][]Hours // sorted, without overlaps
	holidays map[Date]bool
	always   bool
}

// Always is round the clock.
var Always = &Calendar{zone: time.UTC, always: true}

// New makes a calendar; zone is an IANA name, and empty is UTC. It needs at least one stretch of hours; those that
// overlap are joined.
func New(name, zone string, weekly []Hours, holidays []Date) (*Calendar, error) {
	loc, err := Zone(zone)
	if err != nil {
		return nil, err
	}
	if len(weekly) == 0 {
		return nil, fmt.Errorf("calendar %q has no hours", name)
	}
	c := &Calendar{name: name, zone: loc, holidays: map[Date]bool{}}
	for _, h := range weekly {
		if h.Day < time.Sunday || h.Day > time.Saturday || h.From < 0 || h.To > minutesOfDay || h.From >= h.To {
			return nil, fmt.Errorf("calendar %q: hours must end after they begin, within one day", name)
		}
		c.week[h.Day] = append(c.week[h.Day], h)
	}
	for day := range c.week {
		c.week[day] = join(c.week[day])
	}
	for _, d := range holidays {
		c.holidays[d] = true
	}
	return c, nil
}

// Zone finds an IANA time zone; empty is UTC. The machine's own ("Local") is refused.
func Zone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		return nil, fmt.Errorf("%q is not an IANA time zone like Europe/Vienna", name)
	}
	return loc, nil
}

func join(hours []Hours) []Hours {
	slices.SortFunc(hours, func(a, b Hours) int { return cmp.Compare(a.From, b.From) })
	var out []Hours
	for _, h := range hours {
		if n := len(out); n > 0 && h.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, h.To)
			continue
		}
		out = append(out, h)
	}
	return out
}

// Name is what the calendar is called; empty for round the clock.
func (c *Calendar) Name() string { return c.name }

// ZoneName is the IANA name of its time zone.
func (c *Calendar) ZoneName() string { return c.zone.String() }

// Between is the working time from a to b; zero when b is not after a.
func (c *Calendar) Between(a, b time.Time) time.Duration {
	if !b.After(a) {
		return 0
	}
	if c.always {
		return b.Sub(a)
	}
	var sum time.Duration
	c.walk(a, b, func(s Stretch) bool {
		if s.Open {
			sum += s.Until.Sub(s.From)
		}
		return true
	})
	return sum
}

// After is the instant at which d of working time since t is over; t itself when d is not positive. It is false when
// that is not within the horizon.
func (c *Calendar) After(t time.Time, d time.Duration) (time.Time, bool) {
	if d <= 0 {
		return t, true
	}
	if c.always {
		return t.Add(d), d <= Horizon
	}
	var at time.Time
	c.walk(t, t.Add(Horizon), func(s Stretch) bool {
		if !s.Open {
			return true
		}
		if long := s.Until.Sub(s.From); long < d {
			d -= long
			return true
		}
		at = s.From.Add(d)
		return false
	})
	return at, !at.IsZero()
}

// Open tells whether time counts at an instant.
func (c *Calendar) Open(t time.Time) bool {
	open := c.always
	if !open {
		c.walk(t, t.Add(1), func(s Stretch) bool { open = s.Open; return false })
	}
	return open
}

// Stretch is a piece of time in which a calendar is open or closed.
type Stretch struct {
	From, Until time.Time
	Open        bool
	// Why says so in words; empty for round the clock.
	Why string
}

// Stretches cuts the time from a to b into open and closed pieces without gaps, oldest first, at most limit of them: it
// is false when there are more.
func (c *Calendar) Stretches(a, b time.Time, limit int) ([]Stretch, bool) {
	if !b.After(a) {
		return nil, true
	}
	if c.always {
		return []Stretch{{From: a, Until: b, Open: true}}, true
	}
	var out []Stretch
	c.walk(a, b, func(s Stretch) bool {
		if n := len(out); n > 0 && out[n-1].Open == s.Open && out[n-1].Why == s.Why {
			out[n-1].Until = s.Until
			return true
		}
		out = append(out, s)
		return len(out) <= limit
	})
	if len(out) > limit {
		return nil, false
	}
	return out, true
}

// walk cuts [a, b) at the borders of days, hours and changes of the zone's offset, in order, until yield has enough.
func (c *Calendar) walk(a, b time.Time, yield func(Stretch) bool) {
	for a.Before(b) {
		// Between two changes of the zone the wall clock goes evenly.
		local := a.In(c.zone)
		_, offset := local.Zone()
		end := b
		if _, change := local.ZoneBounds(); !change.IsZero() && change.Before(b) {
			end = change
		}
		wall := time.Duration(offset) * time.Second
		for a.Before(end) {
			// of the day that the wall clock shows at a
			midnight := a.Add(wall).UTC().Truncate(24 * time.Hour).Add(-wall)
			next := earlier(midnight.Add(24*time.Hour), end)
			if !c.day(a, next, midnight, yield) {
				return
			}
			a = next
		}
	}
}

// day cuts [a, b), which lies within the day that begins at midnight.
func (c *Calendar) day(a, b, midnight time.Time, yield func(Stretch) bool) bool {
	_, offset := a.In(c.zone).Zone()
	wall := midnight.Add(time.Duration(offset) * time.Second).UTC()
	date := Date{wall.Year(), wall.Month(), wall.Day()}
	if c.holidays[date] {
		return yield(Stretch{From: a, Until: b, Why: "holiday " + date.String()})
	}
	outside := Stretch{Why: "outside business hours of " + c.name}
	for _, h := range c.week[wall.Weekday()] {
		from, to := midnight.Add(time.Duration(h.From)*time.Minute), midnight.Add(time.Duration(h.To)*time.Minute)
		if !to.After(a) {
			continue
		}
		if !from.Before(b) {
			break
		}
		if from.After(a) {
			outside.From, outside.Until = a, from
			if !yield(outside) {
				return false
			}
			a = from
		}
		until := earlier(to, b)
		if !yield(Stretch{From: a, Until: until, Open: true, Why: "business hours of " + c.name}) {
			return false
		}
		if a = until; !a.Before(b) {
			return true
		}
	}
	outside.From, outside.Until = a, b
	return yield(outside)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
