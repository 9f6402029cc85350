package journalcache

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
)

// tail is a journal that says what it is told to.
type tail struct {
	at   int64
	hear func([]db.Line)
}

func (t *tail) Follow(hear func([]db.Line)) { t.hear = hear }
func (t *tail) At() int64                   { return t.at }

// TestValues: a value is read once, unless the journal is not followed yet, or something changed while it was read; a
// line about the tenant ends it, one about another kind does not.
func TestValues(t *testing.T) {
	t.Parallel()
	d, err := db.Open(t.Context(), db.Config{URL: dbtest.SQLite(t), SkipMigrations: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	journal := &tail{at: -1}
	values := Tenant[int](d, journal, "policy")
	tenant := uuid.New()
	reads := 0
	get := func(meanwhile func()) {
		t.Helper()
		if _, err := values.Read(t.Context(), tenant, nil, func(context.Context) (*int, error) {
			reads++
			meanwhile()
			return &reads, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	nothing := func() {}
	line := func(kind string) { journal.hear([]db.Line{{Kind: kind, TenantID: tenant}}) }
	for _, step := range []struct {
		what  string
		do    func()
		reads int // after it
	}{
		{"before the journal is followed", func() { get(nothing) }, 1},
		{"the first time", func() { journal.at = 0; get(nothing) }, 2},
		{"again", func() { get(nothing) }, 2},
		{"after a line about something else", func() { line("asset"); get(nothing) }, 2},
		{"after a change", func() { line("policy"); get(nothing) }, 3},
		{"with a change while it is read", func() { line("policy"); get(func() { line("policy") }) }, 4},
		{"after that", func() { get(nothing) }, 5},
	} {
		if step.do(); reads != step.reads {
			t.Fatalf("%s: %d reads, want %d", step.what, reads, step.reads)
		}
	}
}
