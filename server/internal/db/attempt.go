package db

import (
	"context"
	"errors"
	"maps"
	"slices"
)

const savepoint = "SAVEPOINT attempt"

// Attempt runs fn inside of the request's transaction so that what it changed is undone if it fails: then refused says
// why, and the transaction goes on. err is what ends the transaction too.
func Attempt(ctx context.Context, fn func(context.Context) error) (refused, err error) {
	u := unitOf(ctx)
	if u == nil {
		return nil, errors.New("db: an attempt outside of a transaction")
	}
	if u.spoiled != nil {
		return nil, u.spoiled
	}
	if err := u.tx.begunBy(ctx, savepoint); err != nil {
		return nil, err
	}
	lines, after, texts, counts := len(u.lines), len(u.after), maps.Clone(u.texts), map[counted]counter{}
	for key, c := range u.counts {
		counts[key] = *c
	}
	if refused = fn(ctx); refused == nil {
		refused = u.spoiled
	}
	if refused == nil {
		refused = u.tx.flush(ctx)
	}
	switch {
	case refused == nil:
		return nil, u.tx.post(ctx, "RELEASE "+savepoint)
	case ctx.Err() != nil, Away(refused), errors.Is(refused, errAgain), slices.Contains(again, code(refused)):
		return nil, refused
	}
	if err := u.tx.undo(ctx, savepoint); err != nil {
		return nil, errors.Join(refused, err)
	}
	u.lines, u.after, u.texts, u.seen, u.spoiled = u.lines[:lines], u.after[:after], texts, nil, nil
	for key, c := range u.counts {
		before, there := counts[key]
		switch {
		case !there:
			delete(u.counts, key)
		case before == *c:
			continue
		default:
			*c = before
		}
		u.db.queues.failed(key)
	}
	return refused, nil
}

// Changes is how many changes of records the request's transaction has made so far.
func Changes(ctx context.Context) int {
	if u := unitOf(ctx); u != nil {
		return len(u.lines)
	}
	return 0
}
