package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"entgo.io/ent"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	gen "github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

// Line is one event: who did what to which record. Changes hold only the fields that differ; secrets are in neither
// half.
type Line struct {
	Seq               int64
	At                time.Time
	TenantID          uuid.UUID
	ClientID          *uuid.UUID // whose record it is, for members scoped to a client
	PersonID, TokenID *uuid.UUID
	Actor             string // machine work by name
	Action            string // asset.created, login.failed …
	Kind              string // as the API calls it
	RecordID          uuid.UUID
	Label             string
	Number            int64
	OnKind            *string // the record that a comment, link or watch hangs on
	OnID              *uuid.UUID
	Internal          bool // never shown to members scoped to a client
	Version           int32
	Changes           map[string]Values
	Reason            string
	RequestID, IP     string
}

// Values are a field before and after, as JSON; none is null.
type Values struct {
	Old json.RawMessage `json:"old"`
	New json.RawMessage `json:"new"`
}

// Event is a line that is no mutation: a refused sign-in, a breach.
type Event struct {
	Action   string
	Kind     string // as the API calls it
	RecordID uuid.UUID
	Label    string
	Number   int64
	TenantID uuid.UUID // by default the viewer's
	ClientID *uuid.UUID
	PersonID uuid.UUID // by default the viewer's
	Internal bool
	Changes  map[string]Values
}

var verbs = map[ent.Op]string{ent.OpCreate: "created", ent.OpUpdate: "updated", ent.OpUpdateOne: "updated", ent.OpDelete: "deleted", ent.OpDeleteOne: "deleted"}

// Note writes an event into the journal, in the request's transaction.
func Note(ctx context.Context, e Event) error {
	u := unitOf(ctx)
	if u == nil {
		return fmt.Errorf("db: the event %s needs a transaction", e.Action)
	}
	l := u.blank(ctx, viewer.From(ctx))
	l.Action, l.Kind, l.RecordID, l.Label, l.Number = e.Action, e.Kind, e.RecordID, e.Label, e.Number
	l.ClientID, l.Internal, l.Changes = e.ClientID, e.Internal, e.Changes
	if e.TenantID != uuid.Nil {
		l.TenantID = e.TenantID
	}
	if e.PersonID != uuid.Nil {
		l.PersonID = &e.PersonID
	}
	if l.RecordID == uuid.Nil {
		l.RecordID = l.TenantID
	}
	return nil
}

func (u *unit) blank(ctx context.Context, v *viewer.Viewer) *Line {
	call := viewer.CallOf(ctx)
	l := &Line{At: clock.Now(ctx), TenantID: v.TenantID, Actor: v.Actor, Reason: call.Reason, RequestID: call.RequestID, IP: call.IP}
	if v.PersonID != uuid.Nil {
		l.PersonID = &v.PersonID
	}
	if v.TokenID != uuid.Nil {
		l.TokenID = &v.TokenID
	}
	u.lines = append(u.lines, l)
	return l
}

// line keeps a place in the journal. One that is never filled is not written.
func (u *unit) line(ctx context.Context, m mutation, k *gen.Kind, v *viewer.Viewer) *Line {
	l := u.blank(ctx, v)
	l.Action = k.API + "." + verbs[m.Op()]
	return l
}

func (l *Line) fill(k *gen.Kind, before, after gen.Record) {
	r := after
	if r == nil {
		r = before
	}
	l.Changes = diff(before, after)
	if len(l.Changes) == 0 && before != nil && after != nil {
		return // it no longer matched when the statement came to it, or only notes of the machinery changed
	}
	l.Kind, l.RecordID, l.Label, l.Number, l.ClientID, l.Version = k.API, r.Key(), r.Label(), r.Num(), r.Client(), r.Seen()
	if k.Home != "" {
		if id, ok := r.Column(k.Home).(uuid.UUID); ok {
			l.TenantID = id
		}
	} else if id, ok := r.Column("tenant_id").(uuid.UUID); ok {
		l.TenantID = id
	}
	for _, pair := range [][2]string{{"record_kind", "record_id"}, {"from_kind", "from_id"}} {
		if kind, ok := r.Column(pair[0]).(string); ok {
			id := r.Column(pair[1]).(uuid.UUID)
			l.OnKind, l.OnID = &kind, &id
		}
	}
	for _, side := range []gen.Record{before, after} { // what was internal before stays so: the line shows the old text
		if side != nil {
			internal, _ := side.Column("internal").(bool)
			l.Internal = l.Internal || internal
		}
	}
}

// moved keeps the line of a record that changes its client for members without one: it has values of both. The people
// of the new client are told that the record became theirs, without what was before.
func (u *unit) moved(ctx context.Context, l *Line, k *gen.Kind, after gen.Record) {
	if l.Kind == "" { // nothing changed
		return
	}
	l.ClientID = nil
	if after.Client() == nil {
		return
	}
	told := u.blank(ctx, viewer.From(ctx))
	at := told.At
	*told = *l
	told.At, told.Action, told.ClientID, told.Changes = at, k.API+".received", after.Client(), map[string]Values{}
}

// diff has the fields that differ. On create and delete those with a value.
func diff(before, after gen.Record) map[string]Values {
	var b, a map[string]any
	if before != nil {
		b = before.Values()
	}
	if after != nil {
		a = after.Values()
	}
	out := make(map[string]Values, max(len(b), len(a)))
	for _, m := range []map[string]any{b, a} {
		for f := range m {
			if _, done := out[f]; done || before != nil && after != nil && equal(a[f], b[f]) {
				continue
			}
			v := Values{plain(b[f]), plain(a[f])}
			if string(v.Old) != string(v.New) {
				out[f] = v
			}
		}
	}
	return out
}

var null = json.RawMessage("null")

func plain(v any) json.RawMessage {
	switch x := v.(type) {
	case string:
		return quoted(x)
	case *string:
		if x == nil {
			return null
		}
		return quoted(*x)
	}
	if flat(v) == nil {
		return null
	}
	out, err := json.Marshal(v)
	if err != nil {
		return null
	}
	return out
}

// quoted is a text as JSON; the usual ones need no more than quotes.
func quoted(text string) json.RawMessage {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			out, err := json.Marshal(text)
			if err != nil {
				return null
			}
			return out
		}
	}
	out := make([]byte, 0, len(text)+2)
	return append(append(append(out, '"'), text...), '"')
}

// object is the changes as JSON, in the order of the fields' names: what they consist of is JSON already.
func object(changes map[string]Values) string {
	var b strings.Builder
	b.WriteByte('{')
	for i, field := range slices.Sorted(maps.Keys(changes)) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(quoted(field))
		b.WriteString(`:{"old":`)
		b.Write(orNull(changes[field].Old))
		b.WriteString(`,"new":`)
		b.Write(orNull(changes[field].New))
		b.WriteByte('}')
	}
	b.WriteByte('}')
	return b.String()
}

func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return null
	}
	return raw
}

const lineColumns = "at, tenant_id, client_id, person_id, token_id, actor, action, kind, record_id, label, number, on_kind, on_id, internal, version, changes, reason, request_id, ip"

// writeLines puts all lines of the transaction into the journal, many per statement.
func (u *unit) writeLines(ctx context.Context) error {
	const rows = 200
	var b strings.Builder
	var args []any
	n := 0
	send := func() error {
		if n == 0 {
			return nil
		}
		err := u.tx.post(ctx, b.String(), args...)
		b.Reset()
		args, n = nil, 0
		return err
	}
	for _, l := range u.lines {
		if l.Kind == "" {
			continue
		}
		if n == 0 {
			b.WriteString(`INSERT INTO journal (` + lineColumns + `) VALUES `)
		} else {
			b.WriteByte(',')
		}
		n++
		changes := "null"
		if l.Changes != nil {
			changes = object(l.Changes)
		}
		at := len(args)
		args = append(args, l.At, l.TenantID, l.ClientID, l.PersonID, l.TokenID, l.Actor, l.Action, l.Kind, l.RecordID, l.Label, l.Number,
			// as []byte SQLite would keep a blob
			l.OnKind, l.OnID, l.Internal, l.Version, changes, l.Reason, l.RequestID, l.IP)
		b.WriteByte('(')
		u.marks(&b, at, len(args)-at)
		b.WriteByte(')')
		if n == rows {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return send()
}

// Columns are those that Scan reads.
const Columns = "seq, " + lineColumns

// Scan reads one line.
func (l *Line) Scan(rows Rows) error {
	var changes *string
	if err := rows.Scan(&l.Seq, &l.At, &l.TenantID, &l.ClientID, &l.PersonID, &l.TokenID, &l.Actor, &l.Action, &l.Kind, &l.RecordID, &l.Label, &l.Number,
		&l.OnKind, &l.OnID, &l.Internal, &l.Version, &changes, &l.Reason, &l.RequestID, &l.IP); err != nil {
		return err
	}
	l.At = l.At.UTC()
	if changes == nil {
		return nil
	}
	return json.Unmarshal([]byte(*changes), &l.Changes)
}

// Tail reads on from a place; no line can later appear before one that it has returned. On SQLite the writer is alone,
// so seq is the order of commits. On PostgreSQL writers share a lock from their lines to their commit; taking it alone
// for a moment makes every seq that was drawn visible. Writers queue behind a waiting reader, so it gives up soon when
// one of them hangs: then there is nothing new.
func (d *DB) Tail(ctx context.Context, after int64, limit int) ([]Line, error) {
	if d.Kind != "postgres" {
		rows, err := d.System().QueryContext(ctx, `SELECT `+Columns+` FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2`, after, limit)
		if err != nil {
			return nil, err
		}
		return scanned(rows)
	}
	conn, err := d.pools.sysReader.Acquire(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Release()
	b := &pgx.Batch{} // one transaction, of which the second statement sees what was committed before it had the lock
	b.Queue(`SELECT set_config('holdfast.alone', 'yes', true), set_config('lock_timeout', '2s', true), pg_advisory_xact_lock(4207001)
		WHERE EXISTS (SELECT FROM journal WHERE seq > $1)`, after) // nothing new: no need to hold anybody up
	b.Queue(`SELECT `+Columns+` FROM journal WHERE seq > $1 AND current_setting('holdfast.alone', true) = 'yes' ORDER BY seq LIMIT $2`, after, limit)
	res := conn.SendBatch(ctx, b)
	if _, err := res.Exec(); err != nil {
		if err = errors.Join(err, res.Close()); code(err) == "55P03" { // lock_not_available
			return nil, nil
		}
		return nil, err
	}
	rows, err := res.Query()
	if err != nil {
		return nil, errors.Join(err, res.Close())
	}
	return scanned(&pgRows{rows: rows, conn: conn.Conn(), batch: res})
}

// Head is the place after the last line.
func (d *DB) Head(ctx context.Context) (seq int64, err error) {
	err = d.System().QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM journal`).Scan(&seq)
	return seq, err
}

func scanned(rows Rows) (lines []Line, err error) {
	defer rows.Close()
	for rows.Next() {
		var l Line
		if err := l.Scan(rows); err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, rows.Err()
}
