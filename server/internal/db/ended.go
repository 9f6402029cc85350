package db

import (
	"context"
	"slices"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Ended refuses a change of what was judged while the record has ended; the guards ask the same before they write. A
// room asks earlier, where it would otherwise complain about what does not matter any more.
func Ended(ctx context.Context, m ent.Mutation, before gen.Record) error {
	u := unitOf(ctx)
	if u == nil {
		return nil
	}
	return u.ended(ctx, m, gen.Kinds[m.Type()], []gen.Record{before})
}

// EndedState is the state that a record has ended in, and stays in after the change; empty while it is open or opened
// again.
func EndedState(m ent.Mutation, before gen.Record) string {
	e := gen.Kinds[m.Type()].Ended
	if e == nil || e.Column == "" {
		return ""
	}
	state, _ := before.Column(e.Column).(string)
	after := state
	if value, ok := m.Field(e.Column); ok {
		after, _ = value.(string)
	}
	if slices.Contains(e.States, state) && slices.Contains(e.States, after) {
		return state
	}
	return ""
}

// EndedFault is the refusal.
func EndedFault(kind, state, field string) error {
	return fault.Conflict("ended", "the %s is %s, and what was judged stays as it was: reopen it to change %s", kind, state, field).
		With("state", state).With("field", field)
}

func (u *unit) ended(ctx context.Context, m ent.Mutation, k *gen.Kind, before []gen.Record) error {
	if k.Ended == nil || viewer.From(ctx).Machine() {
		return nil
	}
	for _, b := range before {
		field := changesJudged(m, k.Ended, b)
		if field == "" {
			continue
		}
		if k.Ended.Through == "" {
			if state := EndedState(m, b); state != "" {
				return EndedFault(k.API, state, field)
			}
			continue
		}
		over := gen.Kinds[k.Refs[k.Ended.Through]]
		id, _ := b.Column(k.Ended.Through).(uuid.UUID)
		rows, err := u.client.Records(viewer.As(ctx, viewer.Guard), over.Name, sql.FieldEQ("id", id))
		if err != nil {
			return err
		}
		for _, r := range rows {
			if state, _ := r.Column(over.Ended.Column).(string); slices.Contains(over.Ended.States, state) {
				return EndedFault(over.API, state, field)
			}
		}
	}
	return nil
}

// changesJudged names the first judged column that a mutation gives another value; empty for none.
func changesJudged(m ent.Mutation, e *rule.Ended, b gen.Record) string {
	for _, name := range e.Judged {
		if value, ok := m.Field(name); ok && !equal(value, b.Column(name)) {
			return name
		}
		if m.FieldCleared(name) && !isNil(b.Column(name)) {
			return name
		}
	}
	return ""
}
