package db

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// rollbackTime is how long a rollback may take; the connection is thrown away after it.
const rollbackTime = 5 * time.Second

// pgRows are the rows of a query by pgx, for ent and for plain SQL. The usual columns go straight from the answer's
// bytes to their place; pgx's own, more general ways serve the rest.
type pgRows struct {
	rows  pgx.Rows
	conn  *pgx.Conn
	batch pgx.BatchResults // to be closed behind the rows
	done  func()           // gives the connection back
	err   error
}

// Next goes to the next row.
func (r *pgRows) Next() bool { return r.rows.Next() }

// NextResultSet is never there.
func (r *pgRows) NextResultSet() bool { return false }

// Columns are the names of the columns.
func (r *pgRows) Columns() ([]string, error) {
	fields := r.rows.FieldDescriptions()
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].Name
	}
	return names, nil
}

// ColumnTypes are not told: ent then takes what the database says.
func (r *pgRows) ColumnTypes() ([]*sql.ColumnType, error) {
	return nil, errors.New("db: no column types")
}

// Err is what ended the rows early.
func (r *pgRows) Err() error {
	if err := r.rows.Err(); err != nil {
		return err
	}
	return r.err
}

// Close ends the query and gives back what it holds.
func (r *pgRows) Close() error {
	r.rows.Close()
	if r.batch != nil {
		if err := r.batch.Close(); r.err == nil {
			r.err = err
		}
		r.batch = nil
	}
	if r.done != nil {
		r.done()
		r.done = nil
	}
	return r.Err()
}

// Scan reads the row.
func (r *pgRows) Scan(dest ...any) error {
	fields, raw := r.rows.FieldDescriptions(), r.rows.RawValues()
	if len(dest) != len(raw) {
		return fmt.Errorf("db: %d columns for %d places", len(raw), len(dest))
	}
	texts := gather(fields, raw, dest)
	for i, to := range dest {
		if !direct(&fields[i], raw[i], to, &texts) {
			if err := general(r.conn.TypeMap(), &fields[i], raw[i], to); err != nil {
				return fmt.Errorf("db: column %s: %w", fields[i].Name, err)
			}
		}
	}
	return nil
}

// texts are all of a row in one piece of memory, and the places of those that may be null.
type texts struct {
	all     string
	pointed []string
}

func textual(f *pgconn.FieldDescription) bool {
	switch f.DataTypeOID {
	case pgtype.TextOID, pgtype.VarcharOID:
		return true
	case pgtype.JSONOID, pgtype.JSONBOID:
		return f.Format == pgtype.TextFormatCode
	}
	return false
}

func gather(fields []pgconn.FieldDescription, raw [][]byte, dest []any) (t texts) {
	var b strings.Builder
	size, pointed := 0, 0
	for pass := range 2 {
		for i, to := range dest {
			if raw[i] == nil || !textual(&fields[i]) {
				continue
			}
			switch to.(type) {
			case **string:
				pointed++
			case *string:
			default:
				continue
			}
			if pass == 0 {
				size += len(raw[i])
				continue
			}
			b.Write(raw[i])
		}
		if pass == 0 {
			b.Grow(size)
			t.pointed = make([]string, 0, pointed)
		}
	}
	t.all = b.String()
	return t
}

// next is the text that raw is, of which a row's are taken in order.
func (t *texts) next(raw []byte) (text string) {
	text, t.all = t.all[:len(raw)], t.all[len(raw):]
	return text
}

// point is the same, for one that may be null.
func (t *texts) point(raw []byte) *string {
	t.pointed = append(t.pointed, t.next(raw))
	return &t.pointed[len(t.pointed)-1]
}

// single is the one row of a query.
type single struct {
	rows *pgRows
	err  error
}

// Scan reads the row.
func (s single) Scan(dest ...any) error {
	if s.err != nil {
		return s.err
	}
	defer s.rows.Close() //nolint:errcheck // it is closed below, this is for returns in between
	if !s.rows.Next() {
		if err := s.rows.Close(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := s.rows.Scan(dest...); err != nil {
		return err
	}
	return s.rows.Close()
}

// direct decodes the usual columns; it tells whether it could.
func direct(f *pgconn.FieldDescription, raw []byte, to any, texts *texts) bool {
	switch f.DataTypeOID {
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.JSONOID, pgtype.JSONBOID:
		return textual(f) && directText(raw, to, texts)
	case pgtype.ByteaOID:
		bytes, ok := to.(*[]byte)
		return ok && f.Format == pgtype.BinaryFormatCode && directText(raw, bytes, texts)
	case pgtype.UUIDOID:
		return f.Format == pgtype.BinaryFormatCode && directUUID(raw, to)
	case pgtype.TimestamptzOID:
		return f.Format == pgtype.BinaryFormatCode && directTime(raw, to)
	case pgtype.Int8OID, pgtype.Int4OID:
		return f.Format == pgtype.BinaryFormatCode && directInt(raw, to)
	case pgtype.BoolOID:
		return f.Format == pgtype.BinaryFormatCode && directBool(raw, to)
	}
	return false
}

func directText(raw []byte, to any, texts *texts) bool {
	if to, ok := to.(*[]byte); ok {
		*to = nil
		if raw != nil {
			*to = append(make([]byte, 0, len(raw)), raw...)
		}
		return true
	}
	switch to := to.(type) {
	case *sql.NullString:
		*to = sql.NullString{}
		if raw != nil {
			*to = sql.NullString{String: string(raw), Valid: true}
		}
	case **string:
		*to = nil
		if raw != nil {
			*to = texts.point(raw)
		}
	case *string:
		if raw == nil {
			return false
		}
		*to = texts.next(raw)
	default:
		return false
	}
	return true
}

func directUUID(raw []byte, to any) bool {
	if raw != nil && len(raw) != 16 {
		return false
	}
	switch to := to.(type) {
	case *uuid.UUID:
		*to = uuid.Nil
		copy(to[:], raw)
	case **uuid.UUID:
		*to = nil
		if raw != nil {
			id := uuid.UUID(raw)
			*to = &id
		}
	case *entsql.NullScanner:
		id, ok := to.S.(*uuid.UUID)
		if !ok {
			return false
		}
		to.Valid = raw != nil
		copy(id[:], raw)
	default:
		return false
	}
	return true
}

// epoch is where PostgreSQL's times begin, in microseconds since 1970.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func directTime(raw []byte, to any) bool {
	var at time.Time
	if raw != nil {
		n := int64(binary.BigEndian.Uint64(raw))
		if n == math.MaxInt64 || n == math.MinInt64 {
			return false // infinity
		}
		at = time.UnixMicro(epoch + n).UTC()
	}
	switch to := to.(type) {
	case *sql.NullTime:
		*to = sql.NullTime{Time: at, Valid: raw != nil}
	case **time.Time:
		*to = nil
		if raw != nil {
			*to = &at
		}
	case *time.Time:
		if raw == nil {
			return false
		}
		*to = at
	default:
		return false
	}
	return true
}

func directInt(raw []byte, to any) bool {
	var n int64
	switch len(raw) {
	case 4:
		n = int64(int32(binary.BigEndian.Uint32(raw)))
	case 8:
		n = int64(binary.BigEndian.Uint64(raw))
	}
	if raw == nil {
		if to, ok := to.(*sql.NullInt64); ok {
			*to = sql.NullInt64{}
			return true
		}
		return false
	}
	switch to := to.(type) {
	case *sql.NullInt64:
		*to = sql.NullInt64{Int64: n, Valid: true}
	case *int64:
		*to = n
	case *int32:
		if n != int64(int32(n)) {
			return false
		}
		*to = int32(n)
	case *int:
		*to = int(n)
	default:
		return false
	}
	return true
}

func directBool(raw []byte, to any) bool {
	switch to := to.(type) {
	case *sql.NullBool:
		*to = sql.NullBool{Bool: len(raw) == 1 && raw[0] == 1, Valid: raw != nil}
	case *bool:
		if raw == nil {
			return false
		}
		*to = len(raw) == 1 && raw[0] == 1
	default:
		return false
	}
	return true
}

// general decodes what is rarer, by pgx.
func general(m *pgtype.Map, f *pgconn.FieldDescription, raw []byte, to any) error {
	switch to := to.(type) {
	case *entsql.NullScanner:
		var v any
		if err := m.Scan(f.DataTypeOID, f.Format, raw, &v); err != nil {
			return err
		}
		return to.Scan(v)
	case *entsql.UnknownType:
		var v any
		if err := m.Scan(f.DataTypeOID, f.Format, raw, &v); err != nil {
			return err
		}
		*to = v
		return nil
	}
	return m.Scan(f.DataTypeOID, f.Format, raw, to)
}

// register teaches a connection our ids, which pgx would send as text, and to read times as UTC.
func register(m *pgtype.Map) {
	id := &pgtype.Type{Name: "uuid", OID: pgtype.UUIDOID, Codec: idCodec{}}
	m.RegisterType(id)
	m.RegisterType(&pgtype.Type{Name: "_uuid", OID: pgtype.UUIDArrayOID, Codec: &pgtype.ArrayCodec{ElementType: id}})
	m.RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC}})
}

type idCodec struct{ pgtype.UUIDCodec }

// PlanEncode knows our ids.
func (c idCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	switch value.(type) {
	case uuid.UUID, *uuid.UUID:
		if format == pgtype.BinaryFormatCode {
			return encodeID{}
		}
	}
	return c.UUIDCodec.PlanEncode(m, oid, format, value)
}

type encodeID struct{}

// Encode writes the sixteen bytes.
func (encodeID) Encode(value any, to []byte) ([]byte, error) {
	switch id := value.(type) {
	case uuid.UUID:
		return append(to, id[:]...), nil
	case *uuid.UUID:
		if id != nil {
			return append(to, id[:]...), nil
		}
	}
	return nil, nil
}
