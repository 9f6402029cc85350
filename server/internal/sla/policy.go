// Package sla judges service levels. Nothing of a clock is ever stored as a running sum: the history of a ticket's
// statuses and priorities says at any instant how much working time has counted, when it is due, and why.
package sla

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/calendar"
)

// Policy is what service levels are judged by. The zero Policy is not one: take Default or Parse.
type Policy struct {
	// Revision numbers a tenant's policies from 1; 0 is the default.
	Revision int32
	// Matrix gives the priority.
	Matrix Matrix
	// Targets are what is promised, at most one for each priority.
	Targets []Target
	// Calendars are what targets may name.
	Calendars []Calendar

	open map[string]*calendar.Calendar
}

// Matrix is [impact-1][urgency-1] → priority.
type Matrix [3][3]int32

// Target is a promise for a priority, in working minutes of a calendar; 0 minutes promise nothing, no calendar is round
// the clock.
type Target struct {
	Priority        int32  `json:"priority"`
	ResponseMinutes int32  `json:"response_minutes"`
	ResolveMinutes  int32  `json:"resolve_minutes"`
	Calendar        string `json:"calendar,omitempty"`
}

// Calendar is a business calendar as a tenant writes it down.
type Calendar struct {
	Name     string   `json:"name"`
	TimeZone string   `json:"time_zone,omitempty"`
	Weekly   []Hours  `json:"weekly"`
	Holidays []string `json:"holidays,omitempty"`
}

// Hours is a stretch of a day, such as monday 08:00 to 17:00.
type Hours struct {
	Day  string `json:"day"`
	From string `json:"from"`
	To   string `json:"to"`
}

// DefaultMatrix is that of ITIL: the sum of impact and urgency, less one.
var DefaultMatrix = Matrix{{1, 2, 3}, {2, 3, 4}, {3, 4, 5}}

// DefaultTargets promise round the clock.
func DefaultTargets() []Target {
	return []Target{{1, 15, 240, ""}, {2, 30, 480, ""}, {3, 120, 1440, ""}, {4, 480, 4320, ""}, {5, 1440, 10080, ""}}
}

// Default is what every tenant begins with.
func Default() *Policy {
	return &Policy{Matrix: DefaultMatrix, Targets: DefaultTargets(), open: map[string]*calendar.Calendar{"": calendar.Always}}
}

// Parse reads a stored policy; what is absent is the default.
func Parse(revision int32, matrix, targets, calendars json.RawMessage) (*Policy, error) {
	p := Default()
	p.Revision = revision
	for _, part := range []struct {
		name string
		text json.RawMessage
		into any
	}{{"priority_matrix", matrix, &p.Matrix}, {"sla_targets", targets, &p.Targets}, {"calendars", calendars, &p.Calendars}} {
		if len(part.text) == 0 || string(part.text) == "null" {
			continue
		}
		if part.name == "sla_targets" {
			p.Targets = nil
		}
		if err := json.Unmarshal(part.text, part.into); err != nil {
			return nil, fmt.Errorf("service policy %d: %s: %w", revision, part.name, err)
		}
	}
	if field, err := p.check(); err != nil {
		return nil, fmt.Errorf("service policy %d: %s: %w", revision, field, err)
	}
	return p, nil
}

// Check names the part that is wrong: priority_matrix, sla_targets or calendars. A policy must have passed it before it
// judges.
func (p *Policy) Check() (field string, err error) { return p.check() }

func (p *Policy) check() (string, error) {
	for _, row := range p.Matrix {
		for _, v := range row {
			if v < 1 || v > 5 {
				return "priority_matrix", fmt.Errorf("priorities are 1 to 5")
			}
		}
	}
	p.open = map[string]*calendar.Calendar{"": calendar.Always}
	for _, c := range p.Calendars {
		if c.Name == "" || p.open[c.Name] != nil {
			return "calendars", fmt.Errorf("%q is there twice, or a name is empty", c.Name)
		}
		made, err := c.open()
		if err != nil {
			return "calendars", err
		}
		p.open[c.Name] = made
	}
	var seen [6]bool
	for _, t := range p.Targets {
		switch {
		case t.Priority < 1 || t.Priority > 5 || seen[t.Priority]:
			return "sla_targets", fmt.Errorf("one target for each priority, 1 to 5")
		case t.ResponseMinutes < 0 || t.ResolveMinutes < 0:
			return "sla_targets", fmt.Errorf("minutes can't be negative")
		case p.open[t.Calendar] == nil:
			return "sla_targets", fmt.Errorf("there is no calendar %q", t.Calendar)
		}
		seen[t.Priority] = true
	}
	return "", nil
}

// Weekdays are the words for the days.
var Weekdays = []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

func (c Calendar) open() (*calendar.Calendar, error) {
	var week []calendar.Hours
	for _, h := range c.Weekly {
		day := slices.Index(Weekdays, h.Day)
		if day < 0 {
			return nil, fmt.Errorf("%q is not a day of the week", h.Day)
		}
		from, err := calendar.ParseClock(h.From)
		if err != nil {
			return nil, err
		}
		to, err := calendar.ParseClock(h.To)
		if err != nil {
			return nil, err
		}
		week = append(week, calendar.Hours{Day: time.Weekday(day), From: from, To: to})
	}
	var off []calendar.Date
	for _, h := range c.Holidays {
		d, err := calendar.ParseDate(h)
		if err != nil {
			return nil, err
		}
		off = append(off, d)
	}
	return calendar.New(c.Name, c.TimeZone, week, off)
}

// Priority is what the matrix says; impact and urgency are 1 to 3.
func (p *Policy) Priority(impact, urgency int32) int32 { return p.Matrix[impact-1][urgency-1] }

// goal is the promise of a clock for a priority; false when there is none.
func (p *Policy) goal(priority int32, name string) (time.Duration, *calendar.Calendar, bool) {
	for _, t := range p.Targets {
		if t.Priority != priority {
			continue
		}
		minutes := t.ResolveMinutes
		if name == Response {
			minutes = t.ResponseMinutes
		}
		return time.Duration(minutes) * time.Minute, p.open[t.Calendar], minutes > 0
	}
	return 0, nil, false
}
