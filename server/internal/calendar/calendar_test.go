package calendar_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/calendar"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func clock(t *testing.T, s string) int {
	t.Helper()
	m, err := calendar.ParseClock(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// office is Monday to Friday 08:00 to 12:00 and 13:00 to 17:00.
func office(t *testing.T, zone string, holidays ...string) *calendar.Calendar {
	t.Helper()
	var week []calendar.Hours
	for d := time.Monday; d <= time.Friday; d++ {
		week = append(week, calendar.Hours{Day: d, From: 13 * 60, To: 17 * 60}, calendar.Hours{Day: d, From: 8 * 60, To: 12 * 60})
	}
	var off []calendar.Date
	for _, h := range holidays {
		d, err := calendar.ParseDate(h)
		if err != nil {
			t.Fatal(err)
		}
		off = append(off, d)
	}
	return made(t, zone, week, off)
}

func made(t *testing.T, zone string, week []calendar.Hours, off []calendar.Date) *calendar.Calendar {
	t.Helper()
	c, err := calendar.New("Office", zone, week, off)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBetween(t *testing.T) {
	t.Parallel()
	night := func(from, to string) []calendar.Hours {
		return []calendar.Hours{{Day: time.Sunday, From: clock(t, from), To: clock(t, to)}}
	}
	cases := []struct {
		name     string
		cal      *calendar.Calendar
		from, to string
		want     time.Duration
	}{
		{"round the clock", calendar.Always, "2026-03-01T00:00:00Z", "2026-03-03T00:00:01Z", 48*time.Hour + time.Second},
		{"within a window", office(t, "UTC"), "2026-11-23T08:30:00Z", "2026-11-23T09:00:30Z", 30*time.Minute + 30*time.Second},
		{"over lunch", office(t, "UTC"), "2026-11-23T11:00:00Z", "2026-11-23T14:00:00Z", 2 * time.Hour},
		{"over night", office(t, "UTC"), "2026-11-23T16:00:00Z", "2026-11-24T09:00:00Z", 2 * time.Hour},
		{"over a weekend", office(t, "UTC"), "2026-11-20T16:30:00Z", "2026-11-23T08:30:00Z", time.Hour},
		{"only a weekend", office(t, "UTC"), "2026-11-21T00:00:00Z", "2026-11-23T08:00:00Z", 0},
		{"a week", office(t, "UTC"), "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z", 40 * time.Hour},
		{"a week with a holiday", office(t, "UTC", "2026-11-18"), "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z", 32 * time.Hour},
		{"a holiday on a Sunday takes nothing", office(t, "UTC", "2026-11-22"), "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z", 40 * time.Hour},
		{"backwards", office(t, "UTC"), "2026-11-24T09:00:00Z", "2026-11-23T16:00:00Z", 0},
		{"the zone's hours, not UTC's", office(t, "America/New_York"), "2026-11-23T12:00:00Z", "2026-11-23T14:00:00Z", time.Hour},
		{"a half-hour zone", office(t, "Asia/Kolkata"), "2026-11-23T02:00:00Z", "2026-11-23T03:00:00Z", 30 * time.Minute},
		{"the zone's holiday begins before UTC's", office(t, "Pacific/Auckland", "2026-11-24"), "2026-11-23T11:00:00Z", "2026-11-24T11:00:00Z", 0},
		// Vienna 2026: 29 March 02:00 → 03:00, 25 October 03:00 → 02:00; both Sundays.
		{"the day of 23 hours", made(t, "Europe/Vienna", night("00:00", "24:00"), nil), "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", 23 * time.Hour},
		{"the day of 25 hours", made(t, "Europe/Vienna", night("00:00", "24:00"), nil), "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z", 25 * time.Hour},
		{"an hour that does not exist", made(t, "Europe/Vienna", night("02:00", "03:00"), nil), "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", 0},
		{"half of it outside", made(t, "Europe/Vienna", night("01:30", "03:30"), nil), "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z", time.Hour},
		{"an hour that comes twice", made(t, "Europe/Vienna", night("02:00", "03:00"), nil), "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z", 2 * time.Hour},
		{"half an hour that comes twice", made(t, "Europe/Vienna", night("01:30", "02:30"), nil), "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z", 90 * time.Minute},
		{"office hours on the eve of a change", office(t, "Europe/Vienna"), "2026-03-27T15:00:00Z", "2026-03-30T07:00:00Z", 2 * time.Hour},
		{"Lord Howe's half hour", made(t, "Australia/Lord_Howe", []calendar.Hours{{Day: time.Sunday, From: 0, To: 1440}}, nil), "2026-04-03T00:00:00Z", "2026-04-06T00:00:00Z", 24*time.Hour + 30*time.Minute},
		{"the Friday that Samoa skipped", made(t, "Pacific/Apia", []calendar.Hours{{Day: time.Friday, From: 0, To: 1440}}, nil), "2011-12-26T00:00:00Z", "2012-01-02T00:00:00Z", 0},
		{"overlapping hours count once", made(t, "UTC", []calendar.Hours{{Day: 1, From: 0, To: 600}, {Day: 1, From: 300, To: 700}, {Day: 1, From: 700, To: 720}}, nil), "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", 12 * time.Hour},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.cal.Between(at(t, c.from), at(t, c.to)); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestAfter(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		cal  *calendar.Calendar
		from string
		long time.Duration
		want string
	}{
		{"round the clock", calendar.Always, "2026-11-21T23:00:00Z", 4 * time.Hour, "2026-11-22T03:00:00Z"},
		{"nothing to wait for", office(t, "UTC"), "2026-11-21T23:00:00Z", 0, "2026-11-21T23:00:00Z"},
		{"from the night", office(t, "UTC"), "2026-11-23T02:00:00Z", 15 * time.Minute, "2026-11-23T08:15:00Z"},
		{"ends with the window, not at the next one's beginning", office(t, "UTC"), "2026-11-23T11:00:00Z", time.Hour, "2026-11-23T12:00:00Z"},
		{"over the weekend", office(t, "UTC"), "2026-11-20T16:00:00Z", 2 * time.Hour, "2026-11-23T09:00:00Z"},
		{"over a long holiday", office(t, "UTC", "2026-12-24", "2026-12-25"), "2026-12-23T16:00:00Z", 2 * time.Hour, "2026-12-28T09:00:00Z"},
		{"through the missing hour", made(t, "Europe/Vienna", []calendar.Hours{{Day: 0, From: 60, To: 240}}, nil), "2026-03-28T12:00:00Z", 2 * time.Hour, "2026-03-29T02:00:00Z"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, ok := c.cal.After(at(t, c.from), c.long)
			if !ok || !got.Equal(at(t, c.want)) {
				t.Errorf("got %v %v, want %v", got.UTC(), ok, c.want)
			}
		})
	}
	minute := made(t, "UTC", []calendar.Hours{{Day: 1, From: 0, To: 1}}, nil)
	if got, ok := minute.After(at(t, "2026-11-21T00:00:00Z"), 525600*time.Minute); ok {
		t.Errorf("a minute a week: a year of them is over at %v", got)
	}
}

// Whatever the calendar: parts add up, After undoes Between, and the pieces cover the time without gaps.
func TestProperties(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "Africa/Casablanca"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		var week []calendar.Hours
		for range 1 + r.IntN(9) {
			from := r.IntN(1439)
			week = append(week, calendar.Hours{Day: time.Weekday(r.IntN(7)), From: from, To: from + 1 + r.IntN(1440-from)})
		}
		var off []calendar.Date
		for range r.IntN(20) {
			d := time.Date(2026, 1, 1+r.IntN(365), 0, 0, 0, 0, time.UTC)
			off = append(off, calendar.Date{Year: d.Year(), Month: d.Month(), Day: d.Day()})
		}
		c := made(t, zones[r.IntN(len(zones))], week, off)
		a := time.Date(2026, 1, 1, 0, 0, r.IntN(300*86400), 0, time.UTC)
		b := a.Add(time.Duration(r.IntN(40*86400)) * time.Second)
		m := a.Add(time.Duration(r.Int64N(int64(b.Sub(a)) + 1)))
		whole := c.Between(a, b)
		if parts := c.Between(a, m) + c.Between(m, b); parts != whole {
			t.Fatalf("%v to %v is %v, in two parts %v", a, b, whole, parts)
		}
		if whole > b.Sub(a) {
			t.Fatalf("more working time than time: %v in %v", whole, b.Sub(a))
		}
		if due, ok := c.After(a, whole); whole > 0 && (!ok || due.After(b) || c.Between(a, due) != whole) {
			t.Fatalf("%v after %v is %v %v, which counts %v", whole, a, due, ok, c.Between(a, due))
		}
		pieces, ok := c.Stretches(a, b, 1000)
		if !ok {
			t.Fatal("too many pieces")
		}
		last, open := a, time.Duration(0)
		for _, p := range pieces {
			if !p.From.Equal(last) || !p.Until.After(p.From) || p.Open != c.Open(p.From) || p.Why == "" {
				t.Fatalf("a gap or a wrong piece at %v: %+v", last, p)
			}
			if last = p.Until; p.Open {
				open += p.Until.Sub(p.From)
			}
		}
		if len(pieces) > 0 && (!last.Equal(b) || open != whole) {
			t.Fatalf("pieces end at %v with %v, want %v with %v", last, open, b, whole)
		}
	}
}

// The slow way: ask the wall clock of every minute.
func TestAgainstTheWallClock(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for _, zone := range []string{"Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"} {
		loc, err := calendar.Zone(zone)
		if err != nil {
			t.Fatal(err)
		}
		c := office(t, zone, "2026-03-30", "2026-10-26")
		night := made(t, zone, []calendar.Hours{{Day: 0, From: 30, To: 170}, {Day: 0, From: 200, To: 1440}, {Day: 6, From: 0, To: 1440}}, nil)
		for range 6 {
			from := time.Date(2026, 1, 1+r.IntN(330), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
			var want, wantNight int
			for m := from; m.Before(from.Add(14 * 24 * time.Hour)); m = m.Add(time.Minute) {
				w := m.In(loc)
				minute, day := w.Hour()*60+w.Minute(), w.Weekday()
				if d := w.Format(time.DateOnly); day != 0 && day != 6 && d != "2026-03-30" && d != "2026-10-26" && (minute >= 480 && minute < 720 || minute >= 780 && minute < 1020) {
					want++
				}
				if day == 6 || day == 0 && (minute >= 30 && minute < 170 || minute >= 200) {
					wantNight++
				}
			}
			if got := c.Between(from, from.Add(14*24*time.Hour)); got != time.Duration(want)*time.Minute {
				t.Errorf("%s from %v: %v, want %d minutes", zone, from, got, want)
			}
			if got := night.Between(from, from.Add(14*24*time.Hour)); got != time.Duration(wantNight)*time.Minute {
				t.Errorf("%s at night from %v: %v, want %d minutes", zone, from, got, wantNight)
			}
		}
	}
}

func TestStretchesSayWhy(t *testing.T) {
	t.Parallel()
	c := office(t, "Europe/Vienna", "2026-12-25")
	got, ok := c.Stretches(at(t, "2026-12-24T15:00:00Z"), at(t, "2026-12-28T07:30:00Z"), 10)
	want := []calendar.Stretch{
		{From: at(t, "2026-12-24T15:00:00Z"), Until: at(t, "2026-12-24T16:00:00Z"), Open: true, Why: "business hours of Office"},
		{From: at(t, "2026-12-24T16:00:00Z"), Until: at(t, "2026-12-24T23:00:00Z"), Why: "outside business hours of Office"},
		{From: at(t, "2026-12-24T23:00:00Z"), Until: at(t, "2026-12-25T23:00:00Z"), Why: "holiday 2026-12-25"},
		{From: at(t, "2026-12-25T23:00:00Z"), Until: at(t, "2026-12-28T07:00:00Z"), Why: "outside business hours of Office"},
		{From: at(t, "2026-12-28T07:00:00Z"), Until: at(t, "2026-12-28T07:30:00Z"), Open: true, Why: "business hours of Office"},
	}
	if !ok || len(got) != len(want) {
		t.Fatalf("%v %+v", ok, got)
	}
	for i := range want {
		if !got[i].From.Equal(want[i].From) || !got[i].Until.Equal(want[i].Until) || got[i].Open != want[i].Open || got[i].Why != want[i].Why {
			t.Errorf("piece %d: %+v, want %+v", i, got[i], want[i])
		}
	}
	if _, ok := c.Stretches(at(t, "2026-01-01T00:00:00Z"), at(t, "2026-12-31T00:00:00Z"), 10); ok {
		t.Error("ten pieces do not hold a year")
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	ok := []calendar.Hours{{Day: 1, From: 0, To: 1}}
	for name, make := range map[string]func() error{
		"unknown zone":   func() error { _, err := calendar.New("x", "Europe/Atlantis", ok, nil); return err },
		"machine's zone": func() error { _, err := calendar.New("x", "Local", ok, nil); return err },
		"path as zone":   func() error { _, err := calendar.New("x", "../etc/passwd", ok, nil); return err },
		"no hours":       func() error { _, err := calendar.New("x", "", nil, nil); return err },
		"backward hours": func() error {
			_, err := calendar.New("x", "", []calendar.Hours{{Day: 1, From: 5, To: 5}}, nil)
			return err
		},
		"past midnight": func() error {
			_, err := calendar.New("x", "", []calendar.Hours{{Day: 1, From: 5, To: 1441}}, nil)
			return err
		},
		"no such weekday": func() error {
			_, err := calendar.New("x", "", []calendar.Hours{{Day: 7, From: 5, To: 6}}, nil)
			return err
		},
		"no such date": func() error { _, err := calendar.ParseDate("2026-02-29"); return err },
		"no such time": func() error { _, err := calendar.ParseClock("24:01"); return err },
		"a short time": func() error { _, err := calendar.ParseClock("8:00"); return err },
	} {
		if make() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2026-02-28", "08:30")
	f.Fuzz(func(t *testing.T, date, hour string) {
		if d, err := calendar.ParseDate(date); err == nil && d.String() != date {
			t.Errorf("%q was read as %v", date, d)
		}
		if m, err := calendar.ParseClock(hour); err == nil && (m < 0 || m > 1440) {
			t.Errorf("%q was read as %d", hour, m)
		}
	})
}
