package flow_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
)

var agent = &viewer.Viewer{Permissions: []string{"incidents:*"}}

func everything(string) bool { return true }

// TestIncident asks for every pair of states; the map is the whole of what may be done.
func TestIncident(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"new":          "acknowledged,cancelled",
		"acknowledged": "in_progress,cancelled",
		"in_progress":  "on_hold,resolved,cancelled",
		"on_hold":      "in_progress,resolved,cancelled",
		"resolved":     "in_progress,closed",
		"closed":       "in_progress",
		"cancelled":    "",
	}
	states := flow.Incident.States()
	if len(states) != len(want) {
		t.Fatalf("states are %v", states)
	}
	for _, from := range states {
		if got := strings.Join(flow.Incident.Allowed(agent, from), ","); got != want[from] {
			t.Errorf("from %s one may go to %q, want %q", from, got, want[from])
		}
		for _, to := range append(states, "nowhere", "") {
			err := flow.Incident.Check(agent, flow.Try{From: from, To: to, Has: everything})
			if slices.Contains(strings.Split(want[from], ","), to) && to != "" {
				if err != nil {
					t.Errorf("%s → %s: %v", from, to, err)
				}
				continue
			}
			f := fault.Of(err)
			if f == nil || f.Status() != 409 || f.Reason != "forbidden_transition" || f.Meta["allowed"] != want[from] {
				t.Errorf("%s → %q: %v %+v", from, to, err, f)
			}
		}
		err := flow.Incident.Check(agent, flow.Try{From: from, To: "closed", By: "merge", Has: everything})
		if open := slices.Contains(flow.OpenIncident, from); open != (err == nil) {
			t.Errorf("merging from %s: %v", from, err)
		}
		for _, to := range states {
			err := flow.Incident.Check(agent, flow.Try{From: from, To: to, By: "unmerge", Has: everything})
			if back := from == "closed" && slices.Contains(flow.OpenIncident, to); back != (err == nil) {
				t.Errorf("undoing a merge, from %s to %s: %v", from, to, err)
			}
		}
	}
}

func TestDemands(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, has, missing string }{
		{"in_progress", "on_hold", "", "on_hold_reason"},
		{"in_progress", "on_hold", "on_hold_reason", ""},
		{"in_progress", "resolved", "", "resolution_code,resolution_note"},
		{"on_hold", "resolved", "resolution_code", "resolution_note"},
		{"new", "cancelled", "on_hold_reason", "reason"},
		{"new", "acknowledged", "", ""},
	} {
		err := flow.Incident.Check(agent, flow.Try{From: c.from, To: c.to, Has: func(f string) bool { return f == c.has }})
		var missing []string
		if f := fault.Of(err); f != nil {
			for field := range f.Fields {
				missing = append(missing, field)
			}
		}
		slices.Sort(missing)
		if got := strings.Join(missing, ","); got != c.missing {
			t.Errorf("%s → %s with %q misses %q, want %q", c.from, c.to, c.has, got, c.missing)
		}
	}
}

func TestWho(t *testing.T) {
	t.Parallel()
	reader := &viewer.Viewer{Permissions: []string{"incidents:read"}}
	if got := flow.Incident.Allowed(reader, "new"); len(got) != 0 {
		t.Errorf("a reader may go to %v", got)
	}
	if f := fault.Of(flow.Incident.Check(reader, flow.Try{From: "new", To: "acknowledged", Has: everything})); f == nil || f.Status() != 403 {
		t.Errorf("a reader's move: %v", f)
	}
	if got := flow.Incident.Allowed(nil, "new"); len(got) != 0 {
		t.Errorf("nobody may go to %v", got)
	}
}

func TestBarred(t *testing.T) {
	t.Parallel()
	if got := flow.Incident.Allowed(agent, "resolved", "in_progress"); !slices.Equal(got, []string{"closed"}) {
		t.Errorf("past the reopen window one may go to %v", got)
	}
	f := fault.Of(flow.Incident.Check(agent, flow.Try{From: "resolved", To: "in_progress", Barred: []string{"in_progress"}, Has: everything}))
	if f == nil || f.Status() != 409 || f.Meta["allowed"] != "closed" {
		t.Errorf("past the reopen window: %+v", f)
	}
}

func TestContradictions(t *testing.T) {
	t.Parallel()
	for name, moves := range map[string][]flow.Move{
		"a row twice":        {{From: []string{"a"}, To: "b", Who: "x:y"}, {From: []string{"a"}, To: "b", Who: "x:z"}},
		"to itself":          {{From: []string{"a"}, To: "a", Who: "x:y"}},
		"from nowhere":       {{From: []string{"q"}, To: "b", Who: "x:y"}},
		"without permission": {{From: []string{"a"}, To: "b"}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is accepted", name)
				}
			}()
			flow.New("a", moves...)
		}()
	}
}
