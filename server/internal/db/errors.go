package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql/sqlgraph"
	"entgo.io/ent/privacy"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/holdfast-platform/holdfast/ent/rule"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// Fault turns what ent and the databases say into an answer for the caller. What it does not know comes back as it is:
// an internal error, whose text nobody may see.
func Fault(err error) error {
	if err == nil || fault.Of(err) != nil {
		return err
	}
	var notFound *gen.NotFoundError
	var invalid *gen.ValidationError
	var denied rule.Denied
	var builtin rule.Builtin
	var others rule.NotAuthor
	switch {
	case errors.As(err, &notFound):
		return fault.NotFound(apiKind(strings.TrimSuffix(strings.TrimPrefix(notFound.Error(), "ent: "), " not found")))
	case errors.As(err, &invalid):
		return fault.Invalid(invalid.Name, "%s", rephrase(invalid))
	case errors.As(err, &builtin):
		return fault.Conflict("builtin", "it is built in and stays")
	case errors.As(err, &others):
		return fault.Denied("not_author", "only its author changes a comment")
	case errors.As(err, &denied):
		return fault.Forbidden(denied.Permission)
	case errors.Is(err, privacy.Deny):
		return fault.Denied("permission_denied", "you may not do that")
	case errors.Is(err, context.DeadlineExceeded):
		return fault.Timeout()
	case sqlgraph.IsUniqueConstraintError(err):
		return unique(err)
	case sqlgraph.IsForeignKeyConstraintError(err):
		return fault.Conflict("in_use", "the record is in use, or points at one that is gone")
	case Away(err):
		return fault.Unavailable(time.Second, "the database does not answer, try again")
	}
	switch code(err) {
	case "22001", "22003", "22021", "22P05": // too long, out of range, not text
		return fault.Malformed("a value does not fit")
	case "57014": // query_canceled
		return fault.Timeout()
	}
	return err
}

// Away tells that the database could not be reached, rather than that it refused.
func Away(err error) bool {
	var connect *pgconn.ConnectError
	var network net.Error
	var lite *sqlite.Error
	switch {
	case errors.As(err, &connect), errors.Is(err, driver.ErrBadConn), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrUnexpectedEOF), pgconn.SafeToRetry(err):
		return true
	case errors.As(err, &network) && !errors.Is(err, context.Canceled):
		return true
	case errors.As(err, &lite):
		return lite.Code()&0xff == 5 // SQLITE_BUSY: another process holds the file
	}
	c := code(err)
	return strings.HasPrefix(c, "08") || strings.HasPrefix(c, "57P") || c == "53300" || strings.Contains(err.Error(), "unexpected EOF")
}

func apiKind(entKind string) string {
	for _, k := range gen.Kinds {
		if strings.EqualFold(k.Name, strings.ReplaceAll(entKind, "_", "")) {
			return strings.ReplaceAll(k.API, "_", " ")
		}
	}
	return "record"
}

// rephrase says what ent's validators found, for people.
func rephrase(e *gen.ValidationError) string {
	text := e.Error()
	switch {
	case strings.Contains(text, "missing required field"), strings.Contains(text, "is less than the required length"), strings.Contains(text, "missing required edge"):
		return "must not be empty"
	case strings.Contains(text, "is greater than the required length"):
		return "is too long"
	}
	_, cause, ok := strings.Cut(text, e.Name+"\": ")
	if ok {
		return cause
	}
	return "is not valid"
}

var liteUnique = regexp.MustCompile(`UNIQUE constraint failed: ([a-z_.]+(?:, [a-z_.]+)*)`)

// lastColumn is the longest column of the table that the index's name ends with.
func lastColumn(table, index string) (column string) {
	for _, k := range gen.Kinds {
		if k.Table != table {
			continue
		}
		for c := range k.Columns {
			if strings.HasSuffix(index, "_"+c) && len(c) > len(column) {
				column = c
			}
		}
	}
	return column
}

// unique names the field whose value is taken.
func unique(err error) error {
	var columns []string
	var pg *pgconn.PgError
	if errors.As(err, &pg) { // row-level security hides the detail, so the index's name has to tell
		columns = []string{lastColumn(pg.TableName, pg.ConstraintName)}
	} else if m := liteUnique.FindStringSubmatch(err.Error()); m != nil {
		columns = strings.Split(m[1], ", ")
	}
	field := ""
	for _, c := range columns {
		if i := strings.LastIndexByte(c, '.'); i >= 0 {
			c = c[i+1:]
		}
		if c != "tenant_id" {
			field = strings.TrimSuffix(c, "_key")
		}
	}
	if field == "" || field == "id" {
		return fault.Conflict("already_exists", "there is such a record already")
	}
	return fault.Exists(field, "is taken already")
}
