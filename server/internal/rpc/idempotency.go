package rpc

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/binary"
	"errors"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"entgo.io/ent/dialect"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// keptFor is how long an answer is kept under its key.
const keptFor = 24 * time.Hour

// What the column status says of a row.
const (
	working  = "working"  // a method that opens its own transactions is being worked on
	done     = "done"     // it has committed what it was asked for, but did not come to answer
	answered = "answered" // the answer is here
	withheld = "withheld" // it showed a secret: only the id is here
)

// once is the scope of one idempotency key: the same caller, method and key.
type onceKey struct {
	tenant, owner uuid.UUID
	method, key   string
	lock          int64 // the same in short, for PostgreSQL's advisory lock
}

// kept is a row of the table.
type kept struct {
	hash   []byte
	status string
	answer []byte
}

// errTaken says that somebody else has kept an answer since we looked.
var errTaken = errors.New("rpc: the idempotency key was taken meanwhile")

// idempotencyKey reads the header; nil when there is none, or where it says nothing.
func (d *Door) idempotencyKey(ctx context.Context, access *accessv1.Access, method string, header http.Header) (*onceKey, error) {
	given := header["Idempotency-Key"]
	v := viewer.From(ctx)
	if len(given) == 0 || access.GetPublic() || v == nil {
		return nil, nil
	}
	if len(given) > 1 || !printable(given[0]) {
		return nil, fault.Malformed("Idempotency-Key: 1 to 255 visible ASCII characters, once")
	}
	k := &onceKey{tenant: v.TenantID, owner: v.PersonID, method: method, key: given[0]}
	h := sha256.New()
	h.Write(k.tenant[:])
	h.Write(k.owner[:])
	h.Write([]byte(method + "\x00" + k.key))
	k.lock = int64(binary.BigEndian.Uint64(h.Sum(nil)))
	return k, nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 255
}

func inProgress() *fault.Error {
	f := fault.Conflict("in_progress", "the first request with this idempotency key is still being worked on")
	f.RetryAfter = time.Second
	return f
}

// once runs a room at most once per key, and gives the stored answer afterwards.
func (d *Door) once(ctx context.Context, p *plan, key *onceKey, in proto.Message, room func(context.Context) (connect.AnyResponse, error)) (res connect.AnyResponse, err error) {
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(in)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	run := func(ctx context.Context) (*kept, error) {
		if res, err = room(ctx); err != nil {
			return nil, err
		}
		return p.keep(sum[:], res)
	}
	old, err := d.exactlyOnce(ctx, key, p.access.GetOwnTx(), func() ([]byte, error) { return sum[:], nil }, run)
	if err != nil {
		return nil, err
	}
	if old != nil {
		return p.replay(old)
	}
	return res, nil
}

// exactlyOnce is the same for RPCs and plain routes: it gives the row that was kept before, or nil after it has run and
// kept a new one.
func (d *Door) exactlyOnce(ctx context.Context, key *onceKey, ownTx bool, hash func() ([]byte, error), run func(context.Context) (*kept, error)) (*kept, error) {
	if _, busy := d.running.LoadOrStore(*key, true); busy {
		return nil, inProgress()
	}
	defer d.running.Delete(*key)
	if ownTx {
		return d.onceInPieces(ctx, key, hash, run)
	}
	var old *kept
	for try := 0; ; try++ {
		err := d.DB.Tx(ctx, func(ctx context.Context) error {
			var err error
			if old, err = d.find(ctx, key); err != nil || old != nil {
				return err
			}
			row, err := run(ctx)
			if err != nil || row == nil {
				return err
			}
			return d.store(ctx, key, row, keptFor)
		})
		switch {
		case errors.Is(err, errTaken) && try < 2:
			continue
		case errors.Is(err, errTaken):
			return nil, inProgress()
		case err != nil:
			return nil, err
		}
		return old, old.check(hash)
	}
}

// onceInPieces is for methods that open their own transactions: a row says that the work goes on, and lasts as long as
// a call may take, or that it was done, from the transaction on that did it.
func (d *Door) onceInPieces(ctx context.Context, key *onceKey, hash func() ([]byte, error), run func(context.Context) (*kept, error)) (*kept, error) {
	var old *kept
	err := d.DB.Tx(ctx, func(ctx context.Context) error {
		old = nil
		err := d.store(ctx, key, &kept{hash: []byte{}, status: working}, 2*d.Timeout)
		if errors.Is(err, errTaken) {
			old, err = d.find(ctx, key)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if old != nil {
		if old.status == working {
			return nil, inProgress()
		}
		return old, old.check(hash)
	}
	row, err := run(db.Finally(d.DB.In(ctx), func(ctx context.Context) error {
		sum, err := hash()
		if err != nil {
			return err
		}
		return d.complete(ctx, key, &kept{hash: sum, status: done})
	}))
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // also for a caller who has gone
	defer cancel()
	after := d.DB.Tx(ctx, func(ctx context.Context) error {
		if err != nil || row == nil {
			_, err := db.SQL(ctx).ExecContext(ctx, `DELETE FROM idempotency WHERE tenant_id = $1 AND owner_id = $2 AND method = $3 AND key = $4 AND status = $5`,
				key.tenant, key.owner, key.method, key.key, working)
			return err
		}
		return d.complete(ctx, key, row)
	})
	if err != nil {
		return nil, err
	}
	return nil, after
}

// complete fills the row of a call that is being worked on.
func (d *Door) complete(ctx context.Context, key *onceKey, k *kept) error {
	_, err := db.SQL(ctx).ExecContext(ctx, `UPDATE idempotency SET body_hash = $5, status = $6, answer = $7, expires_at = $8 WHERE tenant_id = $1 AND owner_id = $2 AND method = $3 AND key = $4`,
		key.tenant, key.owner, key.method, key.key, k.hash, k.status, k.answer, d.now(ctx).Add(keptFor))
	return err
}

// find looks for a kept answer. On PostgreSQL the same statement takes the key for this transaction, so that another
// server sees that it is being worked on; in one process the set of running keys has done that.
func (d *Door) find(ctx context.Context, key *onceKey) (*kept, error) {
	var (
		mine   = true
		status sql.NullString
		k      kept
		err    error
	)
	if d.DB.Kind == dialect.Postgres {
		err = db.SQL(ctx).QueryRowContext(ctx, `SELECT l.ok, i.body_hash, i.status, i.answer FROM (SELECT pg_try_advisory_xact_lock($1) AS ok) l
			LEFT JOIN idempotency i ON i.tenant_id = $2 AND i.owner_id = $3 AND i.method = $4 AND i.key = $5 AND i.expires_at > $6`,
			key.lock, key.tenant, key.owner, key.method, key.key, d.now(ctx)).Scan(&mine, &k.hash, &status, &k.answer)
	} else {
		err = db.SQL(ctx).QueryRowContext(ctx, `SELECT body_hash, status, answer FROM idempotency WHERE tenant_id = $1 AND owner_id = $2 AND method = $3 AND key = $4 AND expires_at > $5`,
			key.tenant, key.owner, key.method, key.key, d.now(ctx)).Scan(&k.hash, &status, &k.answer)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case !mine:
		return nil, inProgress()
	case !status.Valid:
		return nil, nil
	}
	k.status = status.String
	return &k, nil
}

// store keeps an answer, over one whose time is up. errTaken means that there is one whose time is not.
func (d *Door) store(ctx context.Context, key *onceKey, k *kept, last time.Duration) error {
	now := d.now(ctx)
	res, err := db.SQL(ctx).ExecContext(ctx, `INSERT INTO idempotency (tenant_id, owner_id, method, key, body_hash, status, answer, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (tenant_id, owner_id, method, key) DO UPDATE SET body_hash = excluded.body_hash, status = excluded.status, answer = excluded.answer, created_at = excluded.created_at, expires_at = excluded.expires_at
		WHERE idempotency.expires_at <= excluded.created_at`,
		key.tenant, key.owner, key.method, key.key, k.hash, k.status, k.answer, now, now.Add(last))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errTaken)
	}
	return nil
}

// check compares the body of a repeated request with the first one's.
func (k *kept) check(hash func() ([]byte, error)) error {
	if k == nil {
		return nil
	}
	sum, err := hash()
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(sum, k.hash) != 1 {
		return fault.Refused("idempotency_key_reused", "this idempotency key came with another body before")
	}
	switch k.status {
	case done:
		return fault.Conflict("already_done", "this was done already; its answer is lost")
	case withheld:
		return fault.Conflict("already_done", "this was done already; its answer showed a secret, once").With("id", string(k.answer))
	}
	return nil
}

// keep makes the row of an answer.
func (p *plan) keep(hash []byte, res connect.AnyResponse) (*kept, error) {
	m, ok := res.Any().(proto.Message)
	if !ok {
		return nil, errors.New("rpc: the answer is no message")
	}
	if p.secrets {
		return &kept{hash, withheld, []byte(idOf(m.ProtoReflect()))}, nil
	}
	b, err := proto.Marshal(m)
	if b == nil {
		b = []byte{}
	}
	return &kept{hash, answered, b}, err
}

// idOf is the id of an answer, or of the first record in it.
func idOf(m protoreflect.Message) string {
	if fd := m.Descriptor().Fields().ByName("id"); scalar(fd, protoreflect.StringKind) {
		return m.Get(fd).String()
	}
	for i := range m.Descriptor().Fields().Len() {
		if fd := m.Descriptor().Fields().Get(i); fd.Message() != nil && !fd.IsList() && !fd.IsMap() && m.Has(fd) {
			if id := idOf(m.Get(fd).Message()); id != "" {
				return id
			}
		}
	}
	return ""
}

// stored is a message of a type that is known at run time only, in the shape that a response wants.
type stored struct{ proto.Message }

// replay gives the kept answer again.
func (p *plan) replay(k *kept) (connect.AnyResponse, error) {
	m := p.output.New().Interface()
	if err := proto.Unmarshal(k.answer, m); err != nil {
		return nil, err
	}
	res := connect.NewResponse(&stored{m})
	res.Header().Set("Idempotent-Replayed", "true")
	return res, nil
}
