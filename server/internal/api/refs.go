package api

import (
	"context"
	"errors"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Refs gathers the references of an answer and fetches what they are called, one batch per kind.
type Refs struct {
	ctx    context.Context
	wanted map[string]map[uuid.UUID][]**typev1.Ref
}

// RefsOf begins an answer.
func RefsOf(ctx context.Context) *Refs { return &Refs{ctx: ctx} }

// Want asks for the record of ent's kind ("Site"; "User" for people) to be shown at to. Nothing is shown where the
// caller may not read it.
func (r *Refs) Want(to **typev1.Ref, kind string, id *uuid.UUID) {
	if id == nil || *id == uuid.Nil || kind == "" {
		return
	}
	if r.wanted == nil {
		r.wanted = map[string]map[uuid.UUID][]**typev1.Ref{}
	}
	if r.wanted[kind] == nil {
		r.wanted[kind] = map[uuid.UUID][]**typev1.Ref{}
	}
	r.wanted[kind][*id] = append(r.wanted[kind][*id], to)
}

// Load fetches what was asked for.
func (r *Refs) Load() error {
	for kind, wanted := range r.wanted {
		ids := make([]uuid.UUID, 0, len(wanted))
		for id := range wanted {
			ids = append(ids, id)
		}
		records, err := db.Labels(r.ctx, kind, ids)
		if err != nil {
			return err
		}
		for id, record := range records {
			for _, to := range wanted[id] {
				*to = &typev1.Ref{Id: id.String(), Number: db.Short(kind, record.Num()), Label: record.Label()}
			}
		}
	}
	return nil
}

// Answer turns one record, as ent's builders return it, into its message; convert serves lists and single records
// alike.
func Answer[E, M any](ctx context.Context, convert func(context.Context, ...E) ([]M, error)) func(E, error) (M, error) {
	return func(e E, err error) (M, error) {
		var none M
		if err != nil {
			return none, err
		}
		out, err := convert(ctx, e)
		if err != nil {
			return none, err
		}
		if len(out) != 1 {
			return none, errors.New("api: a record without a message")
		}
		return out[0], nil
	}
}

// ByID is a predicate on the id or the short number that a path names; another shape matches nothing, so it is not
// found.
func ByID(kind, text string) func(*sql.Selector) {
	id, number, ok := db.ParseID(kind, text)
	switch {
	case !ok:
		return func(s *sql.Selector) { s.Where(sql.False()) }
	case number > 0:
		return sql.FieldEQ("number", number)
	}
	return sql.FieldEQ("id", id)
}
