// Package flow keeps the states of a ticket: one table says which moves there are, what each demands, and who may make
// it.
package flow

import (
	"fmt"
	"slices"
	"strings"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Move is one row of a table.
type Move struct {
	// From are the states that it leaves, To the one that it reaches.
	From []string
	To   string
	// Demands are the fields that must have a value once it is made.
	Demands []string
	// Who is the permission that it takes, such as "incidents:update".
	Who string
	// By names the verb that alone makes it, such as "merge"; empty for a plain change of the state.
	By string
}

// Table is the states of one kind of ticket. It never changes.
type Table struct {
	first  string
	states []string
	moves  map[[3]string]Move // from, to, by
}

// New makes a table; first is the state of a new ticket. It panics on a table that contradicts itself: a row that is
// there twice, a state that nothing reaches, a move without a permission.
func New(first string, moves ...Move) *Table {
	t := &Table{first: first, states: []string{first}, moves: map[[3]string]Move{}}
	for _, m := range moves {
		if m.Who == "" {
			panic("flow: who may go to " + m.To + "?")
		}
		if !slices.Contains(t.states, m.To) {
			t.states = append(t.states, m.To)
		}
		for _, from := range m.From {
			key := [3]string{from, m.To, m.By}
			if _, twice := t.moves[key]; twice || from == m.To {
				panic(fmt.Sprintf("flow: %v stands twice, or goes nowhere", key))
			}
			t.moves[key] = m
		}
	}
	for key := range t.moves {
		if !slices.Contains(t.states, key[0]) {
			panic("flow: nothing reaches " + key[0])
		}
	}
	return t
}

// First is the state of a new ticket.
func (t *Table) First() string { return t.first }

// States are all of them, in the order of the table.
func (t *Table) States() []string { return slices.Clone(t.states) }

// Allowed are the states that the viewer may move a ticket to by a plain change, in the order of the table. Those that
// are barred for the moment, for a reason that the table does not know, are left out.
func (t *Table) Allowed(v *viewer.Viewer, from string, barred ...string) []string {
	out := []string{}
	for _, to := range t.states {
		if m, ok := t.moves[[3]string{from, to, ""}]; ok && v.Has(m.Who) && !slices.Contains(barred, to) {
			out = append(out, to)
		}
	}
	return out
}

// Try is a move that somebody wants to make.
type Try struct {
	From, To string
	// By is the verb; empty for a plain change of the state.
	By string
	// Barred states are closed for the moment, for a reason that the table does not know.
	Barred []string
	// Has tells whether a field would have a value after it.
	Has func(field string) bool
}

// Check is nil when the viewer may make the move. Otherwise it is a conflict that lists the allowed moves, a denial, or
// a message for each field that the move demands.
func (t *Table) Check(v *viewer.Viewer, try Try) error {
	m, ok := t.moves[[3]string{try.From, try.To, try.By}]
	if !ok || slices.Contains(try.Barred, try.To) {
		return t.forbidden(v, try)
	}
	if !v.Has(m.Who) {
		return fault.Forbidden(m.Who)
	}
	missing := map[string]string{}
	for _, field := range m.Demands {
		if !try.Has(field) {
			missing[field] = "is needed for the status " + try.To
		}
	}
	if len(missing) > 0 {
		return fault.InvalidFields(missing)
	}
	return nil
}

func (t *Table) forbidden(v *viewer.Viewer, try Try) error {
	allowed := t.Allowed(v, try.From, try.Barred...)
	verb := "go to " + try.To
	if try.By != "" {
		verb = "be used to " + try.By
	}
	words := "none"
	if len(allowed) > 0 {
		words = strings.Join(allowed, ", ")
	}
	return fault.Conflict("forbidden_transition", "%s can't %s; allowed: %s", try.From, verb, words).
		With("from", try.From).With("to", try.To).With("allowed", strings.Join(allowed, ","))
}
