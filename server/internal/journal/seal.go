package journal

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Sealer is the consumer that closes the chain of each tenant over new lines: a link covers the line and the link
// before it, so that a line which is changed, taken out or put in later shows (see Verify).
func Sealer() Consumer {
	return Consumer{
		// the lines are still in memory then, also of busy writers
		Name: "journal-sealer", Actor: viewer.Sealer, Every: 500 * time.Millisecond,
		Do: seal,
	}
}

// link is the end of a tenant's chain.
type link struct {
	place int64
	hash  []byte
}

func seal(ctx context.Context, lines []db.Line) error {
	heads := map[uuid.UUID]*link{}
	seqs, tenants, places := make([]int64, len(lines)), make([]uuid.UUID, len(lines)), make([]int64, len(lines))
	hashes, salts, own := make([][]byte, len(lines)), make([][]byte, len(lines)), make([][]byte, len(lines))
	for i, l := range lines {
		head := heads[l.TenantID]
		if head == nil {
			head = &link{}
			err := db.SQL(ctx).QueryRowContext(ctx, `SELECT s.place, s.hash FROM journal j JOIN seals s ON s.seq = j.seq WHERE j.tenant_id = $1 AND j.seq < $2
				ORDER BY j.seq DESC LIMIT 1`, l.TenantID, l.Seq).Scan(&head.place, &head.hash)
			if err != nil && !errors.Is(err, sql.ErrNoRows) {
				return err
			}
			heads[l.TenantID] = head
		}
		head.place++
		salts[i] = make([]byte, saltBytes)
		_, _ = rand.Read(salts[i]) // never fails
		own[i] = lineHash(salts[i], head.place, l)
		head.hash = chained(head.hash, own[i])
		seqs[i], tenants[i], places[i], hashes[i] = l.Seq, l.TenantID, head.place, head.hash
	}
	if db.Of(ctx).Kind == dialect.Postgres {
		_, err := db.SQL(ctx).ExecContext(ctx, `INSERT INTO seals (form, seq, tenant_id, place, hash, salt, line)
			SELECT 2, * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::bytea[], $5::bytea[], $6::bytea[])`, seqs, tenants, places, hashes, salts, own)
		return err
	}
	for i, seq := range seqs {
		if _, err := db.SQL(ctx).ExecContext(ctx, `INSERT INTO seals (form, seq, tenant_id, place, hash, salt, line) VALUES (2, $1, $2, $3, $4, $5, $6)`,
			seq, tenants[i], places[i], hashes[i], salts[i], own[i]); err != nil {
			return err
		}
	}
	return nil
}

// saltBytes are the random bits that a line is hashed with: who has the hash of a line that was blanked cannot guess
// what it said.
const saltBytes = 16

// lineHash is the second form's hash of a line alone.
func lineHash(salt []byte, place int64, l db.Line) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(canonical(place, l))
	return h.Sum(nil)
}

// chained is a link of the second form: SHA-256 over the link before and the line's hash.
func chained(before, line []byte) []byte {
	h := sha256.New()
	h.Write(before)
	h.Write(line)
	return h.Sum(nil)
}

// digest is a link of the first form: SHA-256 over the link before and everything that the line says.
func digest(before []byte, place int64, l db.Line) []byte {
	return chained(before, canonical(place, l))
}

// canonical is everything that a line says, as canonical JSON: the databases keep JSON each in its
// own way, and a backup may move the lines from one to the other. The line's seq is left out; its place in the chain
// stands for it.
func canonical(place int64, l db.Line) []byte {
	changes := make(map[string][2]json.RawMessage, len(l.Changes))
	for field, v := range l.Changes {
		changes[field] = [2]json.RawMessage{plain(v.Old), plain(v.New)}
	}
	text, err := json.Marshal([]any{
		place, l.At.UTC().Format("2006-01-02T15:04:05.000000Z"), l.TenantID, l.ClientID, l.PersonID, l.TokenID, l.Actor, l.Action, l.Kind, l.RecordID,
		l.Label, l.Number, l.OnKind, l.OnID, l.Internal, l.Version, changes, l.Reason, l.RequestID, l.IP,
	})
	if err != nil {
		panic(fmt.Sprintf("journal: a line that is no JSON: %v", err)) // all of it came from JSON or is plain
	}
	return text
}

// plain writes a value the one way that Go has for it, whatever a database made of it; numbers become what every
// database can keep of them. The usual words are written that way already.
func plain(raw json.RawMessage) json.RawMessage {
	if usual(raw) {
		return raw
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	out, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return out
}

// usual tells of null, true, false and of a short plain text that nothing can be written differently in.
func usual(raw []byte) bool {
	switch string(raw) {
	case "null", "true", "false":
		return true
	}
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return false
	}
	for _, c := range raw[1 : len(raw)-1] {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

// Broken says where a tenant's chain does not hold.
type Broken struct {
	// Tenant is whose chain it is; zero for the installation's own.
	Tenant uuid.UUID
	// Seq is the line that does not fit to what stands before it.
	Seq int64
	// Why says what is wrong, in words.
	Why string
}

func (b *Broken) Error() string {
	return fmt.Sprintf("the journal of tenant %s is broken at line %d: %s", b.Tenant, b.Seq, b.Why)
}

// Verify goes through all chains and tells how many lines are sealed and hold. The error is a *Broken at the first line
// that does not. Lines that are not sealed yet are passed over at the end of a chain only.
func Verify(ctx context.Context, d *db.DB) (sealed int64, err error) {
	var lost sql.NullInt64
	if err := d.System().QueryRowContext(ctx, `SELECT min(s.seq) FROM seals s LEFT JOIN journal j ON j.seq = s.seq WHERE j.seq IS NULL`).Scan(&lost); err != nil {
		return 0, err
	}
	if lost.Valid {
		return 0, &Broken{uuid.Nil, lost.Int64, "it was taken out"}
	}
	rows, err := d.System().QueryContext(ctx, `SELECT l.*, s.place, s.hash, s.form, s.salt, s.line FROM (SELECT `+db.Columns+` FROM journal) AS l LEFT JOIN seals s ON s.seq = l.seq ORDER BY l.tenant_id, l.seq`)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var tenant uuid.UUID
	var head link
	open, first := false, true
	for rows.Next() {
		var place, form sql.NullInt64
		var hash, salt, line []byte
		var l db.Line
		if err := scan(rows, &l, &place, &hash, &form, &salt, &line); err != nil {
			return sealed, err
		}
		if first || l.TenantID != tenant {
			tenant, head, open, first = l.TenantID, link{}, false, false
		}
		switch {
		case hash == nil:
			open = true
			continue
		case open:
			return sealed, &Broken{tenant, l.Seq, "a line before it has lost its seal or was put in"}
		case place.Int64 != head.place+1:
			return sealed, &Broken{tenant, l.Seq, fmt.Sprintf("it stands at place %d, expected %d: a line was taken out or put in", place.Int64, head.place+1)}
		}
		head.place++
		switch {
		case form.Int64 == 1: // of the build before, which may still run beside this one
			head.hash = digest(head.hash, head.place, l)
		case form.Int64 == 2 && len(salt) == saltBytes && bytes.Equal(line, lineHash(salt, head.place, l)):
			head.hash = chained(head.hash, line)
		default:
			head.hash = nil // was changed
		}
		if !bytes.Equal(head.hash, hash) {
			return sealed, &Broken{tenant, l.Seq, "it was changed"}
		}
		sealed++
	}
	return sealed, rows.Err()
}
