package rpc

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/overload"
)

// form is how a request uses the server, as far as slots go.
type form int

const (
	// a page of the web client, or a probe, which must see a busy server as one that lives: no slot
	direct   form = iota
	whole         // a call: its body is read first, its answer is written last
	stream        // a call whose answer goes on: it leaves its slot and takes it again
	receives      // a stream in both directions: a slot for the decision who it is, none after it
	file          // a transfer: the same, and then a place for its file
)

// headerRoom is what a message may have around it: gRPC's prefix, or the commas of JSON.
const headerRoom = 64 << 10

// formOf tells what a request will be, by its path.
func (d *Door) formOf(r *http.Request, api bool) form {
	p := d.plans[r.URL.Path]
	switch {
	case !api, d.exempt[r.URL.Path]:
		return direct
	case p != nil && p.receives:
		return receives
	case p != nil && p.streams, strings.HasPrefix(r.URL.Path, "/api/ws/"):
		return stream
	case p == nil && strings.HasPrefix(r.URL.Path, "/grpc."): // reflection and health, whose streams both sides write
		return receives
	case p == nil && d.carries(r.Method, r.URL.Path):
		return file
	}
	return whole
}

// carried is the place of a route that carries a file, cut at its slashes.
type carried struct {
	method string
	parts  []string
}

func carriedBy(name string) carried {
	method, pattern, _ := strings.Cut(name, " ")
	return carried{method, strings.Split(pattern, "/")}
}

// carries tells whether a path is that of a transfer.
func (d *Door) carries(method, path string) bool {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for i := range d.files {
		if f := &d.files[i]; f.method == method && f.matches(strings.TrimRight(path, "/")) {
			return true
		}
	}
	return false
}

func (f *carried) matches(path string) bool {
	for i, part := range f.parts {
		given, rest, more := strings.Cut(path, "/")
		if given != part && (!strings.HasPrefix(part, "{") || given == "") || more != (i < len(f.parts)-1) {
			return false
		}
		path = rest
	}
	return true
}

// earlyFor is how long a call waits that comes again before it was told to, and finds no slot free. It does not wait in
// line.
const earlyFor = 70 * time.Millisecond

// admit takes a slot for a call, or tells that there is none.
func (d *Door) admit(c *call, r *http.Request) bool {
	c.line = overload.NetworkLine(c.network)
	if given := credentialIn(r.Header); given != "" {
		c.credential = overload.CredentialLine(given)
		if d.verified.Has(c.credential) {
			c.line = c.credential
		}
	}
	ctx := r.Context()
	if overload.ConnectionOf(ctx).Early(c.line) {
		if c.slot = d.slots.Take(ctx, c.line, 0); c.slot == nil {
			wait := time.NewTimer(earlyFor)
			defer wait.Stop()
			select {
			case <-wait.C:
			case <-ctx.Done():
			}
			c.slot = d.slots.Take(ctx, c.line, 0)
		}
	} else {
		c.slot = d.slots.Take(ctx, c.line, overload.Patience)
	}
	return c.slot != nil
}

// credentialIn is the text of a request's credential, unchecked.
func credentialIn(header http.Header) string {
	for _, h := range [...]string{bearer, device, provisioning} {
		if given := header[h]; len(given) > 0 {
			return given[0]
		}
	}
	return ""
}

// verify remembers that a call's credential was good, so that its next call waits in its own line.
func (d *Door) verify(c *call) {
	if c.credential != 0 && c.credential != c.line {
		d.verified.Add(c.credential)
	}
}

// ticket lets a call that goes on leave its slot and take it again.
func (d *Door) ticket(ctx context.Context, c *call) context.Context {
	t := overload.NewTicket(d.slots, c.line, c.slot, db.Writing)
	c.slot, c.ticket = nil, t
	return t.With(ctx)
}

// release gives back what a call holds of the slots, once.
func (c *call) release() {
	c.slot.Release()
	c.ticket.Leave()
}

// overflow takes a transfer place for an answer that is too large to be held in memory, and gives back the slot.
func (d *Door) overflow(c *call) error {
	who := "network:" + c.network
	if c.who != nil {
		who = credential(c.who, c)
	}
	leave, err := d.transfers.Take(who)
	if err != nil {
		return err
	}
	c.leave = leave
	c.release()
	return nil
}

// placeFault is what a caller hears for whom there is no transfer place.
func placeFault(err error) *fault.Error {
	if errors.Is(err, overload.ErrShare) {
		return fault.Limited(time.Second)
	}
	return fault.Unavailable(time.Second, "too many files are being sent and fetched, try again")
}

// takeStream counts a stream of the caller, until the returned function is called.
func (d *Door) takeStream(ctx context.Context) (func(), error) {
	v := viewer.From(ctx)
	if v == nil {
		return func() {}, nil
	}
	leave, ok := d.streams.Take(credentialOwner(v), v.TenantID.String())
	if !ok {
		return nil, fault.TooManyStreams()
	}
	return leave, nil
}

// credentialOwner is whose streams are counted together: a person's, whatever sessions and tokens they have, else the
// credential's.
func credentialOwner(v *viewer.Viewer) string {
	if v.PersonID != [16]byte{} {
		return v.TenantID.String() + v.PersonID.String()
	}
	return credential(v, nil)
}
