package journal_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

// sealed waits until every line has its seal, and tells how many hold.
func sealed(t *testing.T, d *db.DB) int64 {
	t.Helper()
	var open int
	eventually(t, "all lines are sealed", 10*time.Second, func() bool {
		must(t, d.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM journal WHERE seq NOT IN (SELECT seq FROM seals)`).Scan(&open))
		return open == 0
	})
	n, err := journal.Verify(t.Context(), d)
	must(t, err)
	return n
}

// seal lets the sealer work, faster than usual.
func seal(t *testing.T, r *journal.Reader) {
	t.Helper()
	c := journal.Sealer()
	c.Every = time.Millisecond
	background(t, func(ctx context.Context) error { return r.Consume(ctx, c) })
}

func TestTheChainShowsTampering(t *testing.T) {
	t.Parallel()
	for what, statement := range map[string]string{
		"a changed text":      `UPDATE journal SET label = 'harmless' WHERE seq = $1`,
		"a changed person":    `UPDATE journal SET person_id = NULL WHERE seq = $1`,
		"a changed value":     `UPDATE journal SET changes = '{"name":{"old":null,"new":"forged"}}' WHERE seq = $1`,
		"a line taken out":    `DELETE FROM journal WHERE seq = $1`,
		"a seal taken off":    `DELETE FROM seals WHERE seq = $1`,
		"a line moved":        `UPDATE seals SET place = place + 1 WHERE seq = $1`,
		"a line of another":   `UPDATE journal SET request_id = 'x' WHERE seq = $1`,
		"another salt":        `UPDATE seals SET salt = hash WHERE seq = $1`,
		"no salt":             `UPDATE seals SET salt = NULL WHERE seq = $1`,
		"another line's hash": `UPDATE seals SET line = hash WHERE seq = $1`,
		"another form":        `UPDATE seals SET form = 1 WHERE seq = $1`,
		"hidden from clients": `UPDATE journal SET internal = true WHERE seq = $1`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, d *db.DB) {
				ann, bob := person(t, d), person(t, d)
				r := reading(t, d)
				seal(t, r)
				a := newAsset(t, ann, "one")
				newAsset(t, bob, "bob's")
				rename(t, ann, a, "two")
				var seq int64
				must(t, d.Reader().QueryRowContext(t.Context(), `SELECT max(seq) FROM journal`).Scan(&seq))
				rename(t, ann, a, "three")
				all := sealed(t, d)
				var lines int64
				must(t, d.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM journal`).Scan(&lines))
				is(t, "all lines hold", all, lines)
				_, err := d.Writer().ExecContext(t.Context(), statement, seq)
				must(t, err)
				_, err = journal.Verify(t.Context(), d)
				var broken *journal.Broken
				if !errors.As(err, &broken) {
					t.Fatalf("nothing is said about it: %v", err)
				}
			})
		})
	}
}

// Lines that arrive in several batches make one chain per tenant.
func TestTheChainGoesOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		r := reading(t, d)
		seal(t, r)
		for range 3 {
			newAsset(t, ann, "x")
			sealed(t, d)
		}
		var places, last int64
		must(t, d.Reader().QueryRowContext(t.Context(), `SELECT count(*), max(place) FROM journal JOIN seals ON seals.seq = journal.seq WHERE kind = 'asset'`).Scan(&places, &last))
		is(t, "places", places, 3)
		var salts int64 // each line has random bits of its own
		must(t, d.Reader().QueryRowContext(t.Context(), `SELECT count(DISTINCT salt) FROM seals WHERE form = 2 AND length(salt) = 16 AND length(line) = 32`).Scan(&salts))
		must(t, d.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM seals`).Scan(&places))
		is(t, "salts", salts, places)
	})
}
