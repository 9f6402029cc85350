// Package builtin brings the rows that come with the program, such as groups and templates, to every tenant: to a new
// one when it is founded, to all others after a start with new or better ones. What a tenant has changed itself stays
// as it is. Each kind has a column builtin_key, by which a row is known whatever it is called, and builtin_hash, which
// says what it was brought with.
package builtin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Row is one that comes with the program.
type Row struct {
	// Key is its name for programs, which stays when it is called otherwise.
	Key string
	// Name is what people call it.
	Name string
	// Hash stands for all that the row says.
	Hash string
}

// Had is a row that a tenant has.
type Had struct {
	ID  uuid.UUID
	Key string
	// Brought stands for what it was brought with; empty where nobody has noted it.
	Brought string
	// Now stands for what it says.
	Now string
}

// Kind is an entity of which the program brings rows. All methods work in the tenant and transaction of the context.
type Kind interface {
	// Table is where its rows are.
	Table() string
	// Rows are those of this program, with different keys.
	Rows() ([]Row, error)
	// Have are those of the tenant.
	Have(ctx context.Context) ([]Had, error)
	// Taken tells whether another row than one may be called so no more, because the tenant has one of that name.
	Taken(ctx context.Context, name string, but uuid.UUID) (bool, error)
	// Create makes rows.
	Create(ctx context.Context, rows []Row) error
	// Update gives a row what the program says now.
	Update(ctx context.Context, id uuid.UUID, r Row) error
	// Note notes what a row that the tenant has changed would be brought with.
	Note(ctx context.Context, id uuid.UUID, hash string) error
}

// Suffix follows the name of a row whose name the tenant has used already.
const Suffix = " (built in)"

// Bringer brings the rows of some kinds.
type Bringer []Kind

// Bring gives a tenant the rows that it lacks, and brings those up to date that nobody there has changed. It works in
// the transaction of the context, whoever's it is; where there is nothing to do it writes nothing.
func (b Bringer) Bring(ctx context.Context, tenant uuid.UUID) error {
	return b.bring(viewer.In(ctx, tenant, viewer.Librarian))
}

func (b Bringer) bring(ctx context.Context) error {
	if err := db.Alone(ctx, "builtin"); err != nil { // another server may be at it
		return err
	}
	for _, k := range b {
		if err := bring(ctx, k); err != nil {
			return fmt.Errorf("builtin: %s: %w", k.Table(), err)
		}
	}
	return nil
}

func bring(ctx context.Context, k Kind) error {
	rows, err := k.Rows()
	if err != nil {
		return err
	}
	had, err := k.Have(ctx)
	if err != nil {
		return err
	}
	have := map[string]Had{}
	for _, h := range had {
		have[h.Key] = h
	}
	var fresh []Row
	for _, r := range rows {
		h, ok := have[r.Key]
		theirs := ok && h.Brought != h.Now
		if ok && h.Brought == r.Hash {
			continue
		}
		if !theirs {
			taken, err := k.Taken(ctx, r.Name, h.ID)
			if err != nil {
				return err
			}
			if taken {
				r.Name += Suffix
			}
		}
		switch {
		case !ok:
			fresh = append(fresh, r)
		case theirs:
			err = k.Note(ctx, h.ID, r.Hash)
		default:
			err = k.Update(ctx, h.ID, r)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", r.Key, err)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return k.Create(ctx, fresh)
}

// pause is how long others may write between two tenants, and patience how long a database that is away is waited for.
const (
	pause    = 5 * time.Millisecond
	patience = 5 * time.Second
)

// Sync brings every tenant up to date that is not, and tries again until that is done or the context ends. It is for
// the background: one statement finds out which they are, as a rule none.
func (b Bringer) Sync(ctx context.Context, d *db.DB, log *slog.Logger) error {
	for {
		n, err := b.pass(ctx, d)
		if n > 0 {
			log.LogAttrs(ctx, slog.LevelInfo, "what is built in was brought up to date", slog.Int("tenants", n))
		}
		if err == nil || ctx.Err() != nil {
			return nil
		}
		log.LogAttrs(ctx, slog.LevelWarn, "what is built in is not up to date everywhere", slog.String("error", err.Error()))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(patience):
		}
	}
}

// pass works through the tenants once, and tells how many were not up to date.
func (b Bringer) pass(ctx context.Context, d *db.DB) (int, error) {
	tenants, err := b.behind(ctx, d)
	if err != nil {
		return 0, err
	}
	var errs []error
	for i, tenant := range tenants {
		if i > 0 {
			select {
			case <-ctx.Done():
				return i, ctx.Err()
			case <-time.After(pause):
			}
		}
		inside := viewer.In(d.In(ctx), tenant, viewer.Librarian)
		errs = append(errs, d.Tx(inside, b.bring))
	}
	return len(tenants), errors.Join(errs...)
}

// behind are the tenants that do not have all rows as they are now.
func (b Bringer) behind(ctx context.Context, d *db.DB) ([]uuid.UUID, error) {
	var args []any
	var behind []string
	for _, k := range b {
		rows, err := k.Rows()
		if err != nil {
			return nil, err
		}
		marks := make([]string, len(rows))
		for i, r := range rows {
			args = append(args, r.Key+" "+r.Hash)
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		args = append(args, len(rows))
		behind = append(behind, fmt.Sprintf(`(SELECT count(*) FROM %s x WHERE x.tenant_id = t.id AND x.builtin_key || ' ' || x.builtin_hash IN (%s)) < $%d`,
			k.Table(), strings.Join(marks, ", "), len(args)))
	}
	rows, err := d.Reader().QueryContext(ctx, `SELECT t.id FROM tenants t WHERE `+strings.Join(behind, " OR ")+` ORDER BY t.id`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []uuid.UUID
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
