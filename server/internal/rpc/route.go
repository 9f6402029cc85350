package rpc

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Wrap puts a plain HTTP handler behind the same chain as the RPCs: authentication, permission, limits, transaction,
// idempotency and errors. A route that writes runs in a transaction unless its rule says own_tx; its answer is held
// back until it is committed. The returned function answers nothing itself when it returns an error; the error is a
// *connect.Error with its details. The name is for the log, such as "GET /api/v1/assets/export".
func (d *Door) Wrap(access *accessv1.Access, name string, reads bool, h func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	if err := checkAccess(access); err != nil {
		d.broken = append(d.broken, fmt.Errorf("rpc: %s: %w", name, err))
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		c := callOf(ctx)
		c.method = name
		if err := d.plain(ctx, c, access, name, reads, h, w, r); err != nil {
			return d.refusal(ctx, nil, err)
		}
		return nil
	}
}

func (d *Door) plain(ctx context.Context, c *call, access *accessv1.Access, name string, reads bool, h func(http.ResponseWriter, *http.Request) error, w http.ResponseWriter, r *http.Request) error {
	v, err := d.enter(ctx, c, access, r.Header)
	if err != nil {
		return err
	}
	if v != nil {
		ctx = viewer.With(ctx, v)
	}
	if access.GetInternal() {
		if err := d.signed(r); err != nil {
			return err
		}
	}
	if strings.HasPrefix(name, socket) {
		leave, err := d.takeStream(ctx)
		if err != nil {
			return err
		}
		defer leave()
		ctx, stop := d.Watch(ctx, access, r.Header)
		defer stop()
		return h(w, r.WithContext(d.DB.In(ctx)))
	}
	if reads {
		return h(w, r.WithContext(d.DB.In(ctx)))
	}
	key, err := d.idempotencyKey(ctx, access, name, r.Header)
	if err != nil {
		return err
	}
	if key != nil {
		return d.plainOnce(ctx, access, key, h, w, r)
	}
	if access.GetOwnTx() {
		return h(w, r.WithContext(d.DB.In(ctx)))
	}
	var out *held
	err = d.DB.Tx(ctx, func(ctx context.Context) error {
		if out != nil {
			return again()
		}
		out = &held{header: http.Header{}}
		return h(out, r.WithContext(ctx))
	})
	if err != nil {
		return err
	}
	return out.send(w)
}

// socket begins the names of the routes that stay open: they end like streams.
const socket = "GET /api/ws/"

// again is answered instead of a second run: the body has been read.
func again() error {
	return fault.Unavailable(time.Second, "somebody else changed the same records, try again")
}

// plainOnce is a plain route with an idempotency key. The body is hashed on its way to the handler, byte for byte.
func (d *Door) plainOnce(ctx context.Context, access *accessv1.Access, key *onceKey, h func(http.ResponseWriter, *http.Request) error, w http.ResponseWriter, r *http.Request) error {
	sum := sha256.New()
	sum.Write([]byte(r.URL.Path + "?" + r.URL.RawQuery + "\n"))
	body := r.Body
	rest := func() ([]byte, error) {
		if _, err := io.Copy(sum, body); err != nil {
			return nil, err
		}
		return sum.Sum(nil), nil
	}
	var out *held
	old, err := d.exactlyOnce(ctx, key, access.GetOwnTx(), rest, func(ctx context.Context) (*kept, error) {
		if out != nil {
			return nil, again()
		}
		out = &held{header: http.Header{}}
		r := r.WithContext(ctx)
		r.Body = &hashed{body, sum}
		if err := h(out, r); err != nil || out.status >= 300 {
			return nil, err
		}
		hash, err := rest()
		if err != nil {
			return nil, err
		}
		b, err := json.Marshal(heldRow{out.status, out.header, out.body.Bytes()})
		return &kept{hash, answered, b}, err
	})
	if err != nil {
		return err
	}
	if old != nil {
		if out, err = old.again(); err != nil {
			return err
		}
	}
	return out.send(w)
}

// again is a kept answer of a plain route, to be sent once more.
func (k *kept) again() (*held, error) {
	var row heldRow
	if err := json.Unmarshal(k.answer, &row); err != nil {
		return nil, err
	}
	row.Header.Set("Idempotent-Replayed", "true")
	out := &held{status: row.Status, header: row.Header}
	out.body.Write(row.Body)
	return out, nil
}

// hashed reads a body and hashes what is read.
type hashed struct {
	io.ReadCloser
	sum hash.Hash
}

// Read reads on.
func (h *hashed) Read(b []byte) (int, error) {
	n, err := h.ReadCloser.Read(b)
	h.sum.Write(b[:n])
	return n, err
}

// held is an answer that waits for the commit.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// heldRow is how it is kept.
type heldRow struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// Header is the answer's.
func (h *held) Header() http.Header { return h.header }

// WriteHeader notes the status.
func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write holds the body.
func (h *held) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

func (h *held) send(w http.ResponseWriter) error {
	maps.Copy(w.Header(), h.header)
	h.WriteHeader(http.StatusOK)
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body.Bytes()) //nolint:gosec // the caller may be gone; what they asked for is done. What is written is an answer of a room, with its type
	return nil
}

// signed checks the signature of an internal call over its whole body, which it puts back.
func (d *Door) signed(r *http.Request) error {
	if len(d.InternalSecret) == 0 {
		return fault.Unauthenticated()
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, int64(d.MaxMessage)))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return fault.TooLarge("the body is larger than %s", fault.Size(int64(d.MaxMessage)))
	case err != nil:
		return fault.Malformed("the body could not be read")
	}
	mac := hmac.New(sha256.New, d.InternalSecret)
	mac.Write(body)
	given, ok := strings.CutPrefix(r.Header.Get(signature), "sha256=")
	want, err := hex.DecodeString(given)
	if !ok || err != nil || !hmac.Equal(mac.Sum(nil), want) {
		return fault.Unauthenticated()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}
