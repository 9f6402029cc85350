package db

import (
	"context"
	stdsql "database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/fault"

	"entgo.io/ent/dialect/sql"
)

// Short is a number as people see it: AST-1. Empty for kinds without numbers.
func Short(kind string, number int64) string {
	k := gen.Kinds[kind]
	if k == nil || k.Prefix == "" || number == 0 {
		return ""
	}
	return k.Prefix + "-" + strconv.FormatInt(number, 10)
}

// ParseID reads an id or a short number of a kind; one of the two is set when ok.
func ParseID(kind, text string) (id uuid.UUID, number int64, ok bool) {
	if len(text) == 36 {
		if id, err := uuid.Parse(text); err == nil {
			return id, 0, true
		}
	}
	k := gen.Kinds[kind]
	if k == nil || k.Prefix == "" || len(text) <= len(k.Prefix)+1 || !strings.EqualFold(text[:len(k.Prefix)+1], k.Prefix+"-") {
		return uuid.Nil, 0, false
	}
	digits := text[len(k.Prefix)+1:]
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 || digits[0] == '0' || digits[0] == '+' {
		return uuid.Nil, 0, false
	}
	return uuid.Nil, n, true
}

// ID turns an id or a short number, as a path has it, into the id: no query for a UUID, one for a number. Another
// shape, and a number that the viewer cannot see, is not found.
func ID(ctx context.Context, kind, text string) (uuid.UUID, error) {
	id, number, ok := ParseID(kind, text)
	if !ok {
		return uuid.Nil, fault.NotFound(gen.Kinds[kind].API)
	}
	if number == 0 {
		return id, nil
	}
	rows, err := From(ctx).Records(ctx, kind, sql.FieldEQ("number", number))
	if err != nil {
		return uuid.Nil, err
	}
	if len(rows) == 0 {
		return uuid.Nil, fault.NotFound(gen.Kinds[kind].API)
	}
	return rows[0].Key(), nil
}

// counter is what this transaction has reserved of one (tenant, kind). Its row stays locked until the end, so numbers
// have no gaps and creators of one kind in one tenant queue; nobody can come between, so what was not used can be given
// back.
type counter struct {
	next, last  int64 // still to be used: next..last
	taken, dead int64
}

type counted struct {
	tenant uuid.UUID
	kind   string
}

func (u *unit) count(kind string, tenant uuid.UUID) *counter {
	key := counted{tenant, kind}
	if u.counts == nil {
		u.counts = map[counted]*counter{}
	}
	if u.counts[key] == nil {
		u.counts[key] = &counter{next: 1}
	}
	return u.counts[key]
}

// number takes the next one. The first create reserves one; a transaction that goes on reserves as many again as it has
// taken, because PostgreSQL has to step over every dead version of the row: 10,000 updates of one row in one
// transaction cost the square of that.
func (u *unit) number(ctx context.Context, m mutation, k *gen.Kind, tenant uuid.UUID) error {
	if !k.Counted {
		return nil
	}
	c := u.count(k.Name, tenant)
	if c.next > c.last {
		n := max(1, min(c.taken, 1000))
		key := counted{tenant, k.Name}
		u.db.queues.enter(ctx, u, key)
		if err := u.reserve(ctx, key, c, n); err != nil {
			return fmt.Errorf("counting %s: %w", k.Name, err)
		}
		c.next = c.last - n + 1
	}
	if k.Number {
		m.(interface{ SetNumber(int64) }).SetNumber(c.next)
	}
	c.next++
	c.taken++
	return nil
}

// reserve takes n numbers. On PostgreSQL, where this process has made the last ones, it need not wait to be told which
// they are: it says which it takes them for, and if another process has come between, the division by zero ends the
// transaction, to be run again.
func (u *unit) reserve(ctx context.Context, key counted, c *counter, n int64) error {
	last := []any{&c.last}
	returning := " RETURNING last"
	if tx, ok := u.tx.(*pgTx); ok {
		tx.early, returning = true, returning+", "+letGo
		if at, sure := u.db.queues.guess(key); sure && !u.asks {
			u.db.queues.saw(key, at, at+n)
			c.last, tx.guess = at+n, true
			tx.queue = append(tx.queue, posted{
				`UPDATE counters SET last = last + $1::bigint / (last = $4)::int, live = live + $1 WHERE tenant_id = $2 AND kind = $3`,
				[]any{n, key.tenant, key.kind, at}, true,
			})
			return nil
		}
		last = append(last, new(string))
	}
	err := u.tx.QueryRowContext(ctx, `UPDATE counters SET last = last + $1, live = live + $1 WHERE tenant_id = $2 AND kind = $3`+returning,
		n, key.tenant, key.kind).Scan(last...)
	if errors.Is(err, stdsql.ErrNoRows) { // the first of its kind
		err = u.tx.QueryRowContext(ctx, `INSERT INTO counters (tenant_id, kind, last, live) VALUES ($1, $2, $3, $3)
			ON CONFLICT (tenant_id, kind) DO UPDATE SET last = counters.last + $3, live = counters.live + $3`+returning,
			key.tenant, key.kind, n).Scan(last...)
	}
	if err == nil {
		u.db.queues.saw(key, c.last-n, c.last)
	}
	return err
}

// uncount takes note that nothing of the transaction was kept. If PostgreSQL has not heard of its guess, the counter
// stands where it did.
func (u *unit) uncount() {
	tx, _ := u.tx.(*pgTx)
	for key, c := range u.counts {
		if tx != nil && tx.guess && !tx.begun {
			u.db.queues.back(key, c.last-c.next+1+c.taken)
		} else {
			u.db.queues.failed(key)
		}
	}
}

// forget lowers the live totals.
func (u *unit) forget(k *gen.Kind, gone []gen.Record) {
	if !k.Counted {
		return
	}
	for _, r := range gone {
		u.count(k.Name, r.Column("tenant_id").(uuid.UUID)).dead++
	}
}

// settle gives back what was not used, and counts the dead.
func (u *unit) settle(ctx context.Context) error {
	for key, c := range u.counts {
		unused := max(0, c.last-c.next+1)
		if unused+c.dead == 0 {
			continue
		}
		u.db.queues.back(key, unused)
		if err := u.tx.post(ctx, `UPDATE counters SET last = last - $1, live = live - $1 - $2 WHERE tenant_id = $3 AND kind = $4`,
			unused, c.dead, key.tenant, key.kind); err != nil {
			return err
		}
	}
	return nil
}

// Total is how many records of a kind the viewer's tenant has, without counting them.
func Total(ctx context.Context, kind string) (n int64, err error) {
	err = SQL(ctx).QueryRowContext(ctx, `SELECT coalesce(sum(live), 0) FROM counters WHERE tenant_id = $1 AND kind = $2`,
		viewer.From(ctx).TenantID, kind).Scan(&n)
	return n, err
}
