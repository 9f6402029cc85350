package overload

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

const (
	// silence ends a body that brings nothing, and slowest (bytes a second) one that brings too little after that time.
	silence = 5 * time.Second
	slowest = 1 << 10
	// discardAtMost and discardFor bound what is read on and thrown away behind a refusal.
	discardAtMost = 32 << 20
	discardFor    = 5 * time.Second
	// pooledBuffer is the size of the largest buffer that is kept for the next call.
	pooledBuffer = 64 << 10
)

// ErrSlow is what ReadBody ends with where a body did not come in time.
var ErrSlow = errors.New("the body came too slowly")

// Body is a request's body.
type Body struct {
	response *http.ResponseController
	source   io.ReadCloser
	held     *bytes.Buffer
	rest     error // what follows what is held
	whole    bool  // it was read to its end
	expects  bool  // the caller waits to be told that it may send it
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func putBuffer(b *bytes.Buffer) {
	if b != nil && b.Cap() <= pooledBuffer {
		b.Reset()
		buffers.Put(b)
	}
}

// BodyOf takes note of a request's body, and lets it tell when it has been read to its end.
func BodyOf(w http.ResponseWriter, r *http.Request) *Body {
	b := &Body{response: http.NewResponseController(w), source: r.Body, rest: io.EOF}
	b.whole = r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 && r.ProtoMajor == 1 && len(r.TransferEncoding) == 0
	b.expects = r.Header["Expect"] != nil
	if !b.whole {
		r.Body = &noticed{b}
	}
	return b
}

// Hold reads the body whole, and gives it to the request in place of the connection's. Of one that is larger than most,
// the first part is held, and a *http.MaxBytesError follows it. ErrSlow is the only error: what else goes wrong is
// found by who reads the body.
func (b *Body) Hold(r *http.Request, slow *Slow, network string, most int) error {
	if b.whole {
		return nil
	}
	arrival := slow.Begin(network, func() { _ = b.response.SetReadDeadline(time.Unix(1, 0)) })
	b.held = buffers.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
	err := b.fill(most, cmp.Or(slow.silence, silence))
	arrival.Done()
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ErrSlow // the deadline stays: nothing more of it is read
	}
	_ = b.response.SetReadDeadline(time.Time{})
	b.whole = err == nil
	if err != nil {
		b.rest = err
	}
	r.Body = &replayed{*bytes.NewReader(b.held.Bytes()), b.rest}
	return nil
}

// fill reads up to the end, and one byte beyond most.
func (b *Body) fill(most int, silence time.Duration) error {
	began := clock.System.Now()
	var set time.Time
	for {
		if now := clock.System.Now(); now.Sub(set) > silence/10 {
			until := now.Add(silence)
			if rate := began.Add(silence + time.Duration(b.held.Len()/slowest)*time.Second); rate.Before(until) {
				until = rate
			}
			_ = b.response.SetReadDeadline(until) // what knows no deadline is no connection
			set = now
		}
		b.held.Grow(bytes.MinRead)
		room := b.held.AvailableBuffer()
		room = room[:min(cap(room), most+1-b.held.Len())]
		n, err := b.source.Read(room)
		b.held.Write(room[:n])
		switch {
		case b.held.Len() > most:
			return &http.MaxBytesError{Limit: int64(most)}
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// Discard reads on what a refused caller still sends and throws it away, so that the answer is seen.
func (b *Body) Discard(slow *Slow, network string) {
	if b.whole || b.expects || b.source == nil {
		return
	}
	arrival := slow.Begin(network, func() { _ = b.response.SetReadDeadline(time.Unix(1, 0)) })
	defer arrival.Done()
	_ = b.response.SetReadDeadline(clock.System.Now().Add(cmp.Or(slow.silence, discardFor)))
	if _, err := io.CopyN(io.Discard, b.source, discardAtMost); errors.Is(err, io.EOF) {
		b.whole = true
		_ = b.response.SetReadDeadline(time.Time{})
	} // else the deadline stays, so that net/http does not wait for more either
}

// Close gives the buffer back: nobody may read the body any more.
func (b *Body) Close() {
	putBuffer(b.held)
	b.held = nil
}

// noticed is a body that is read as it comes.
type noticed struct{ body *Body }

// Read reads on.
func (n *noticed) Read(p []byte) (int, error) {
	n.body.expects = false
	k, err := n.body.source.Read(p)
	if errors.Is(err, io.EOF) {
		n.body.whole = true
	}
	return k, err
}

// Close leaves the rest to Discard and to net/http.
func (*noticed) Close() error { return nil }

// replayed is a body that is held, and what follows it.
type replayed struct {
	bytes.Reader
	rest error
}

// Read reads on.
func (r *replayed) Read(p []byte) (int, error) {
	if r.Len() > 0 {
		return r.Reader.Read(p)
	}
	return 0, r.rest
}

// WriteTo is not the reader's, which knows of no error behind the bytes.
func (r *replayed) WriteTo(w io.Writer) (int64, error) {
	n, err := r.Reader.WriteTo(w)
	if err == nil && !errors.Is(r.rest, io.EOF) {
		err = r.rest
	}
	return n, err
}

// Close does nothing.
func (*replayed) Close() error { return nil }
