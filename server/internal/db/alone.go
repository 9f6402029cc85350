package db

import (
	"bytes"
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// Alone lets a tenant's transactions that say the same word go one after the other from here to their end: what they
// read after it is what the one before has left. SQLite has one writer anyway.
func Alone(ctx context.Context, word string) error {
	u, v := unitOf(ctx), viewer.From(ctx)
	switch {
	case u == nil || v == nil:
		return errors.New("db: to be alone needs a transaction and a viewer")
	case !u.postgres():
		return nil
	}
	_, err := u.tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, word+" "+v.TenantID.String())
	return err
}

// AloneWithBoth is Alone with what is between two records, whichever of them is named first.
func AloneWithBoth(ctx context.Context, word string, one, other uuid.UUID) error {
	if bytes.Compare(one[:], other[:]) > 0 {
		one, other = other, one
	}
	return Alone(ctx, word+" "+one.String()+" "+other.String())
}
