package db

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
)

type scopeKey struct{}

// scope is what a context carries: the database, and the transaction if there is one.
type scope struct {
	db   *DB
	unit *unit
}

// unit is one transaction: the client in it, and what the guards remember until it ends.
type unit struct {
	db      *DB
	tx      transaction
	client  *ent.Client
	system  bool
	seen    map[ref]ent.Record   // references found visible
	lines   []*Line              // the journal, written before commit
	texts   map[uuid.UUID]*text  // full text, written before commit
	counts  map[counted]*counter // short numbers taken
	turns   map[counted]func()   // at the counters; each ends one
	expect  *Expected
	discard bool
	asks    bool // which numbers it gets, rather than guess
	after   []func()
	spoiled error // a create that failed
}

type ref struct {
	kind string
	id   uuid.UUID
}

func unitOf(ctx context.Context) *unit {
	if s, _ := ctx.Value(scopeKey{}).(*scope); s != nil {
		return s.unit
	}
	return nil
}

// In is what the front door does for a method without side effects, and for one that opens its own transactions.
func (d *DB) In(ctx context.Context) context.Context {
	return context.WithValue(ctx, scopeKey{}, &scope{db: d})
}

// Of is the database that the front door put into the context.
func Of(ctx context.Context) *DB {
	if s, _ := ctx.Value(scopeKey{}).(*scope); s != nil {
		return s.db
	}
	panic("db: no database in this context")
}

// From is the guarded client of the request: in its transaction, or else read-only.
func From(ctx context.Context) *ent.Client {
	if u := unitOf(ctx); u != nil {
		return u.client
	}
	d := Of(ctx)
	if viewer.From(ctx).Everywhere() {
		return d.sysClient
	}
	return d.client
}

// System is a context for a named actor whose work ranges over tenants: sign-in, sweeps, consumers of the journal. On
// PostgreSQL it uses the owner's connections, which row-level security does not hold; the actor's permissions and the
// kinds' policies still do.
func System(ctx context.Context, a viewer.Actor) context.Context {
	d := Of(ctx)
	return d.In(viewer.As(ctx, a))
}

// SQL is plain SQL in the request's transaction, or else on the pool that cannot write. No guard is on it: whoever uses
// it names the tenant (row-level security stands behind on PostgreSQL).
func SQL(ctx context.Context) Querier {
	if u := unitOf(ctx); u != nil {
		return u.tx
	}
	d := Of(ctx)
	switch {
	case viewer.From(ctx).Everywhere():
		return d.System()
	case d.Kind == dialect.Postgres:
		return d.pools.reader
	}
	return viaSQL{d.reader}
}

// Send runs the changes that the request has made so far, for whoever wants to know whether they hold. Without it that
// shows at the next statement, or at the commit.
func Send(ctx context.Context) error {
	if u := unitOf(ctx); u != nil {
		return u.tx.flush(ctx)
	}
	return nil
}

// AfterCommit runs f when the request's transaction has been committed; at once when there is none.
func AfterCommit(ctx context.Context, f func()) {
	if u := unitOf(ctx); u != nil {
		u.after = append(u.after, f)
		return
	}
	f()
}

type discardKey struct{}

// Discarding is a context whose transactions are all discarded: Discard, said before the method opens its own.
func Discarding(ctx context.Context) context.Context {
	return context.WithValue(ctx, discardKey{}, true)
}

type (
	finallyKey struct{}
	lastKey    struct{}
)

// Finally has f run inside the transaction that a method with its own ones marks as its last.
func Finally(ctx context.Context, f func(context.Context) error) context.Context {
	return context.WithValue(ctx, finallyKey{}, f)
}

// Last is a context whose transaction does what the method was asked for: behind it, the request must not be done
// again.
func Last(ctx context.Context) context.Context { return context.WithValue(ctx, lastKey{}, true) }

// finish runs what waits for the method's last transaction, if this is it.
func (u *unit) finish(ctx context.Context) error {
	f, ok := ctx.Value(finallyKey{}).(func(context.Context) error)
	if !ok || ctx.Value(lastKey{}) == nil || u.discard {
		return nil
	}
	return f(ctx)
}

// Discard lets the transaction run to its end, checks and all, and then keeps nothing (validate_only).
func Discard(ctx context.Context) {
	if u := unitOf(ctx); u != nil {
		u.discard = true
	}
}

// Tx runs fn in a transaction of its own, on the database of the context: for methods that open their own transactions.
func Tx(ctx context.Context, fn func(context.Context) error) error { return Of(ctx).Tx(ctx, fn) }

// Tx runs fn in one transaction: fn and everything it changes happen, or nothing does. PostgreSQL may choose a
// transaction as the victim of a deadlock, and a guessed number may be wrong; fn has touched nothing but the database,
// so it is simply run again, without guesses.
func (d *DB) Tx(ctx context.Context, fn func(context.Context) error) error {
	for try := 0; ; try++ {
		err := d.once(ctx, fn, try > 0)
		if try == 3 || !errors.Is(err, errAgain) && !slices.Contains(again, code(err)) {
			return err
		}
	}
}

// again are the errors of PostgreSQL that may not come twice: deadlock_detected, serialization_failure,
// division_by_zero (see reserve).
var again = []string{"40P01", "40001", "22012"}

func (d *DB) once(ctx context.Context, fn func(context.Context) error, asks bool) (err error) {
	if unitOf(ctx) != nil {
		return errors.New("db: a transaction inside a transaction")
	}
	client, system := d.client, viewer.From(ctx).Everywhere()
	if system {
		client = d.sysClient
	}
	tx, err := d.begin(ctx, system)
	if err != nil {
		return err
	}
	u := &unit{db: d, tx: tx, system: system, asks: asks, expect: expected(ctx), discard: ctx.Value(discardKey{}) != nil}
	defer func() {
		if err != nil || u.discard {
			u.uncount()
		}
		u.leave()
	}()
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing
	u.client = client.Within(tx)
	ctx = context.WithValue(ctx, scopeKey{}, &scope{db: d, unit: u})
	if err = fn(ctx); err != nil {
		return err
	}
	if err = u.finish(ctx); err != nil {
		return err
	}
	if err = u.flush(ctx); err != nil {
		return fmt.Errorf("db: nothing was kept: %w", err)
	}
	if u.discard {
		return tx.flush(ctx)
	}
	if err = tx.commit(ctx, u.leave); err != nil {
		return err
	}
	for _, f := range u.after {
		f()
	}
	if len(u.lines) > 0 {
		d.tell(u.lines)
	}
	return nil
}

func (d *DB) begin(ctx context.Context, system bool) (transaction, error) {
	switch {
	case d.Kind == dialect.Postgres && system:
		return &pgTx{pool: d.pools.sysWriter}, nil
	case d.Kind == dialect.Postgres:
		return &pgTx{pool: d.pools.writer, batches: &d.batches}, nil
	}
	return d.lite.begin(ctx)
}

// flush writes what the guards have gathered. On PostgreSQL a failed statement spoils the transaction; here, on both, a
// failed create does: it may have taken a number. The journal comes last, because its lock is held from there to the
// commit.
func (u *unit) flush(ctx context.Context) error {
	if u.spoiled != nil {
		return u.spoiled
	}
	if err := u.settle(ctx); err != nil {
		return err
	}
	if err := u.writeTexts(ctx); err != nil {
		return err
	}
	return u.writeLines(ctx)
}

func (u *unit) postgres() bool { return u.db.Kind == dialect.Postgres }

// Writing tells whether the context has a transaction.
func Writing(ctx context.Context) bool { return unitOf(ctx) != nil }

// Locked makes a query hold its rows until the transaction ends: what is decided by them then still holds. SQLite has
// one writer at a time anyway. Outside of a transaction there is nothing to hold, and PostgreSQL refuses.
func Locked(s *entsql.Selector) {
	if s.Dialect() == dialect.Postgres {
		s.ForUpdate()
	}
}
