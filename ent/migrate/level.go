package migrate

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
)

// A Level is how far a database has been migrated. The files of both databases bear the same names in the same order,
// but ent's were drafted one after the other and have other numbers: so their level is a name. Hand-written files share
// their numbers.
type Level struct {
	Schema string `json:"schema"` // the last of ent's files, without its number
	Hand   int64  `json:"hand"`   // the last hand-written one
}

// First is the level of archives that do not name theirs: they were made by the last build before levels were written
// down.
var First = Level{Schema: "kinds_by_name", Hand: 7}

// ErrAhead says that a database has been migrated further than the level that was asked for.
var ErrAhead = errors.New("the database has been migrated further than that")

// file is one of ent's.
type file struct {
	version int64
	name    string
}

// listed are ent's files of a dialect, the first one first.
func listed(kind string) ([]file, error) {
	paths, err := fs.Glob(files, dirs[kind]+"/*.sql")
	if err != nil {
		return nil, err
	}
	var all []file
	for _, p := range paths {
		number, name, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(p, dirs[kind]+"/"), ".sql"), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		all = append(all, file{version, name})
	}
	slices.SortFunc(all, func(a, b file) int { return int(a.version - b.version) })
	return all, nil
}

// LevelOf tells how far a database has been migrated, as a transaction sees it.
func LevelOf(ctx context.Context, kind string, q interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (Level, error) {
	var schema int64
	var l Level
	if err := q.QueryRowContext(ctx, `SELECT max(version_id) FROM schema_version`).Scan(&schema); err != nil {
		return l, err
	}
	if err := q.QueryRowContext(ctx, `SELECT max(version_id) FROM schema_version_hand`).Scan(&l.Hand); err != nil {
		return l, err
	}
	all, err := listed(kind)
	if err != nil {
		return l, err
	}
	for _, f := range all {
		if f.version == schema {
			l.Schema = f.name
			return l, nil
		}
	}
	return l, fmt.Errorf("%w: schema_version is at %d", ErrNewer, schema)
}

// ApplyTo brings an empty database to a level and no further. One that is beyond it is ErrAhead, a level that this
// program does not know is ErrNewer.
func ApplyTo(ctx context.Context, kind string, db *sql.DB, to Level) error {
	all, err := listed(kind)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(f file) bool { return f.name == to.Schema })
	if at < 0 {
		return fmt.Errorf("%w: it has %q", ErrNewer, to.Schema)
	}
	var providers []*goose.Provider
	versions := []int64{all[at].version, to.Hand}
	for i, s := range steps(kind) {
		p, err := provider(kind, db, files, s, true)
		if err != nil {
			return err
		}
		have, want, err := p.GetVersions(ctx)
		switch {
		case err != nil:
			return err
		case have > want || to.Hand > lastHand():
			return fmt.Errorf("%w: %s", ErrNewer, s.table)
		case have > versions[i]:
			return fmt.Errorf("%w: %s is at %d, asked for is %d", ErrAhead, s.table, have, versions[i])
		}
		providers = append(providers, p)
	}
	for i, p := range providers {
		if _, err := p.UpTo(ctx, versions[i]); err != nil {
			return err
		}
	}
	return nil
}

// lastHand is the highest number of a hand-written file, of either database: some are for one only.
func lastHand() (last int64) {
	paths, err := fs.Glob(files, "hand/*/*.sql")
	if err != nil {
		panic(err) // the pattern is a good one
	}
	for _, p := range paths {
		number, _, _ := strings.Cut(p[strings.LastIndexByte(p, '/')+1:], "_")
		n, _ := strconv.ParseInt(number, 10, 64)
		last = max(last, n)
	}
	return last
}
