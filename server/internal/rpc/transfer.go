package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

const (
	// idle ends a transfer that does not move; slowest is the rate in bytes per second, below which it is ended after
	// grace.
	idle    = time.Minute
	grace   = time.Minute
	slowest = 8 << 10
)

// WrapTransfer is Wrap for routes that carry a file: the body and the answer are streamed, they may take as long as
// they move, and they hold none of the places for calls. One that writes reads the whole body first, outside of any
// transaction, and then stores what it has learnt by Commit.
func (d *Door) WrapTransfer(access *accessv1.Access, name string, reads bool, h func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error {
	if err := checkAccess(access); err != nil {
		d.broken = append(d.broken, fmt.Errorf("rpc: %s: %w", name, err))
	}
	d.files = append(d.files, carriedBy(name))
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		c := callOf(ctx)
		c.method = name
		if err := d.transfer(ctx, c, access, name, reads, h, w, r); err != nil {
			return d.refusal(ctx, nil, err)
		}
		return nil
	}
}

func (d *Door) transfer(ctx context.Context, c *call, access *accessv1.Access, name string, reads bool, h func(http.ResponseWriter, *http.Request) error, w http.ResponseWriter, r *http.Request) error {
	v, err := d.enter(ctx, c, access, r.Header)
	if err != nil {
		return err
	}
	if v != nil {
		ctx = viewer.With(ctx, v)
	}
	leave, err := d.transfers.Take(credential(v, c))
	if err != nil {
		return placeFault(err)
	}
	defer leave()
	c.release()
	t := &transfer{door: d}
	if !reads {
		if t.key, err = d.idempotencyKey(ctx, access, name, r.Header); err != nil {
			return err
		}
		if t.key != nil {
			if _, busy := d.running.LoadOrStore(*t.key, true); busy {
				return inProgress()
			}
			defer d.running.Delete(*t.key)
		}
	}
	control := http.NewResponseController(w)
	in, out := &pace{set: control.SetReadDeadline}, &pace{set: control.SetWriteDeadline}
	defer in.end()
	defer out.end()
	r = r.WithContext(context.WithValue(d.DB.In(ctx), transferKey{}, t))
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &pacedBody{r.Body, in}
	}
	return h(&pacedAnswer{w, out}, r)
}

type transferKey struct{}

// transfer is what Commit must know of the request.
type transfer struct {
	door *Door
	key  *onceKey
}

// Commit stores what came of a transfer, in one transaction, and sends the answer when it is committed. Under an
// idempotency key that was used before, fn does not run: the first answer is sent again, if the print is the same (it
// tells one body from another, whatever it was wrapped in); and stored is false.
func Commit(ctx context.Context, w http.ResponseWriter, print []byte, fn func(context.Context, http.ResponseWriter) error) (stored bool, err error) {
	t, _ := ctx.Value(transferKey{}).(*transfer)
	if t == nil {
		return false, fault.Broken()
	}
	var out *held
	var old *kept
	err = t.door.DB.Tx(db.ByItself(ctx), func(ctx context.Context) (err error) {
		out, old = &held{header: http.Header{}}, nil
		if t.key == nil {
			return fn(ctx, out)
		}
		if old, err = t.door.find(ctx, t.key); err != nil || old != nil {
			return err
		}
		if err := fn(ctx, out); err != nil {
			return err
		}
		answer, err := json.Marshal(heldRow{out.status, out.header, out.body.Bytes()})
		if err != nil {
			return err
		}
		if err := t.door.store(ctx, t.key, &kept{print, answered, answer}, keptFor); errors.Is(err, errTaken) {
			return inProgress()
		} else if err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	if old == nil {
		return true, out.send(w)
	}
	if err := old.check(func() ([]byte, error) { return print, nil }); err != nil {
		return false, err
	}
	if out, err = old.again(); err != nil {
		return false, err
	}
	return false, out.send(w)
}

// pace moves the deadline of a connection on with what goes over it.
type pace struct {
	set   func(time.Time) error
	began time.Time
	bytes int64
}

// next says until when the next piece has time.
func (p *pace) next() {
	now := clock.System.Now()
	if p.began.IsZero() {
		p.began = now
	}
	until := now.Add(idle)
	if slow := p.began.Add(grace + time.Duration(p.bytes/slowest)*time.Second); slow.Before(until) {
		until = slow
	}
	_ = p.set(until) // not every connection has deadlines
}

func (p *pace) end() {
	if !p.began.IsZero() {
		_ = p.set(time.Time{})
	}
}

type pacedBody struct {
	io.ReadCloser
	pace *pace
}

// Read reads on, while there is time.
func (b *pacedBody) Read(p []byte) (int, error) {
	b.pace.next()
	n, err := b.ReadCloser.Read(p)
	b.pace.bytes += int64(n)
	return n, err
}

type pacedAnswer struct {
	http.ResponseWriter
	pace *pace
}

// Write writes on, while there is time.
func (a *pacedAnswer) Write(p []byte) (int, error) {
	a.pace.next()
	n, err := a.ResponseWriter.Write(p)
	a.pace.bytes += int64(n)
	return n, err
}

// Unwrap is there for http.ResponseController.
func (a *pacedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
