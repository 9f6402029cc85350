package rest

import (
	"bytes"
	"net/http"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
)

// inner stands between Vanguard and a Connect handler. When Vanguard cannot make a message of a request it answers the
// error, and then calls the handler all the same, with an empty body, which is a valid empty message: the method would
// run. Here it does not.
type inner struct{ next http.Handler }

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// largestKept is the size of a buffer that is not kept for the next request.
const largestKept = 64 << 10

func putBody(b *bytes.Buffer) {
	if b.Cap() <= largestKept {
		b.Reset()
		bodies.Put(b)
	}
}

type replay struct{ bytes.Reader }

// Close does nothing.
func (*replay) Close() error { return nil }

// ServeHTTP passes on only what was read whole and without an error.
func (i inner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchangeOf(w)
	if x == nil {
		i.next.ServeHTTP(w, r)
		return
	}
	body := bodies.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
	defer putBody(body)
	body.Write(x.before)
	if _, err := body.ReadFrom(r.Body); err != nil || x.status != 0 {
		if x.status == 0 {
			x.WriteHeader(http.StatusBadRequest)
		}
		return
	}
	if x.route.patch {
		writeMask(body, x)
	}
	if x.csv {
		x.streamCSV(w, i.next, r, body.Bytes())
		return
	}
	again := &replay{}
	again.Reset(body.Bytes())
	r.Body, r.ContentLength = again, int64(body.Len())
	i.next.ServeHTTP(w, r)
}

// exchangeOf finds the exchange behind Vanguard's writer.
func exchangeOf(w http.ResponseWriter) *exchange {
	for range 4 {
		if x, ok := w.(*exchange); ok {
			return x
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return nil
		}
		w = u.Unwrap()
	}
	return nil
}

// writeMask appends update_mask to a request in binary form: a message is the concatenation of its fields. A mask
// without paths is written too: it says that nothing changes.
func writeMask(body *bytes.Buffer, x *exchange) {
	var mask []byte
	for _, p := range x.mask {
		mask = protowire.AppendTag(mask, 1, protowire.BytesType)
		mask = protowire.AppendString(mask, p)
	}
	fd := x.route.rpc.Input().Fields().ByName("update_mask")
	out := protowire.AppendTag(nil, fd.Number(), protowire.BytesType)
	body.Write(protowire.AppendBytes(out, mask))
}
