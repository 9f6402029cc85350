package db

import (
	"context"

	"entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// people refuses to give a record to somebody who cannot work on it: an assignee, owner, reporter or reviewer is an
// active member, and one who is bound to a client is so to the record's. Those who are named already stay. before is
// empty for a new record.
func (u *unit) people(ctx context.Context, m mutation, k *gen.Kind, before []gen.Record) error {
	v := viewer.From(ctx)
	if rule.Word(k.API) == "" || !k.Tenant || v.Everywhere() {
		return nil
	}
	for _, field := range k.People {
		value, ok := m.Field(field)
		person := personIn(value)
		if !ok || field == "created_by" || v.Actor == "" && person == v.PersonID { // who wrote it was given nothing
			continue
		}
		for _, b := range rowsOr(before) {
			if b != nil && personIn(b.Column(field)) == person {
				continue
			}
			fits, err := u.worksOn(ctx, person, clientAfter(m, b))
			if err != nil {
				return err
			}
			if !fits {
				return PersonFault(field)
			}
		}
	}
	return nil
}

// PersonFault is the refusal of somebody who cannot work on a record.
func PersonFault(field string) error {
	return fault.Invalid(field, "must be an active member who may see the record")
}

// WorksOn tells whether somebody may be given a record of a client, or for Nil one that is nobody's; for who asks
// before anything is changed.
func WorksOn(ctx context.Context, person, client uuid.UUID) (bool, error) {
	u := unitOf(ctx)
	if u == nil {
		u = &unit{client: From(ctx)}
	}
	return u.worksOn(ctx, person, client)
}

// rowsOr are the rows, or one that is not there yet.
func rowsOr(before []gen.Record) []gen.Record {
	if len(before) == 0 {
		return []gen.Record{nil}
	}
	return before
}

// clientAfter is the client that the record belongs to once the change is made; Nil for none.
func clientAfter(m ent.Mutation, b gen.Record) uuid.UUID {
	if value, ok := m.Field("client_id"); ok {
		return personIn(value)
	}
	if b == nil || m.FieldCleared("client_id") || b.Client() == nil {
		return uuid.Nil
	}
	return *b.Client()
}

// personIn is the id in a column that may be empty.
func personIn(column any) uuid.UUID {
	switch id := column.(type) {
	case uuid.UUID:
		return id
	case *uuid.UUID:
		if id != nil {
			return *id
		}
	}
	return uuid.Nil
}

// worksOn tells whether somebody is an active member who sees the records of a client, or for Nil those that are
// nobody's.
func (u *unit) worksOn(ctx context.Context, person, client uuid.UUID) (bool, error) {
	as := viewer.As(ctx, viewer.Guard)
	account, _ := u.seen[ref{"User", person}].(*gen.User)
	if account == nil {
		rows, err := u.client.Records(as, "User", sql.FieldEQ("id", person))
		if err != nil || len(rows) == 0 {
			return false, err
		}
		account = rows[0].(*gen.User)
	}
	member, _ := u.seen[ref{"member", person}].(*gen.Membership)
	if member == nil {
		rows, err := u.client.Records(as, "Membership", sql.FieldEQ("user_id", person))
		if err != nil || len(rows) == 0 {
			return false, err
		}
		member = rows[0].(*gen.Membership)
		u.remember(ref{"member", person}, member)
	}
	return account.IsActive && member.Status == "active" && (member.ClientID == nil || *member.ClientID == client), nil
}
