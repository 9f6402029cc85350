// Package stats counts what matters at a glance: one statement per word, over the records that the caller may read.
package stats

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	statsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/stats/v1"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Service counts.
type Service struct{}

// board is a dashboard in the making.
type board struct {
	client *ent.Client
	me     uuid.UUID
	now    time.Time
	tiles  []*statsv1.Tile
}

// GetOverview answers counts and ages; what the caller may not read is left out.
func (Service) GetOverview(ctx context.Context, _ *statsv1.GetOverviewRequest) (*statsv1.Overview, error) {
	b := &board{client: db.From(ctx), me: viewer.From(ctx).PersonID, now: clock.Now(ctx).Truncate(time.Second)}
	for _, count := range []func(context.Context) error{b.incidents, b.findings, b.sessions, b.assets, b.sites, b.clients} {
		var denied rule.Denied
		if err := count(ctx); err != nil && !errors.As(err, &denied) {
			return nil, err
		}
	}
	return &statsv1.Overview{Tiles: b.tiles}, nil
}

// add shows a number and the list behind it: names and values of query parameters by turns.
func (b *board) add(key string, value int, word string, filter ...string) {
	q := url.Values{}
	for i := 0; i+1 < len(filter); i += 2 {
		q.Add(filter[i], filter[i+1])
	}
	if len(q) > 0 {
		word += "?" + q.Encode()
	}
	b.tiles = append(b.tiles, &statsv1.Tile{Key: key, Value: int32(min(value, 1<<31-1)), Filter: word})
}

// anyOf is a repeated query parameter.
func anyOf(name string, values []string) []string {
	var out []string
	for _, v := range values {
		out = append(out, name, v)
	}
	return out
}

// total sums a column of rows.
func total[R any](rows []R, of func(R) int) (n int) {
	for _, r := range rows {
		n += of(r)
	}
	return n
}

// when counts the rows of a group that meet a condition. The condition is SQL of this package; what comes from outside
// are ids and times only, written out by id and at.
func when(name, condition string) ent.AggregateFunc {
	return func(*sql.Selector) string {
		return sql.As("COUNT(CASE WHEN "+condition+" THEN 1 END)", name)
	}
}

func id(u uuid.UUID) string { return "'" + u.String() + "'" }

// at is a time as both databases compare it.
func at(t time.Time) string { return "'" + t.UTC().Format("2006-01-02 15:04:05.999999-07:00") + "'" }

// stamp is a time as a filter has it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func number(n int32) string { return strconv.Itoa(int(n)) }
