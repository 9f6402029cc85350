// Package stream shows what happens while it happens: lines of the journal, to whoever may see them, over streams and
// WebSockets.
//
// A stream has a place in the journal and fetches what comes after it, so that nobody who reads slowly holds up others
// or memory. The place travels as an opaque token: with it the stream goes on elsewhere, with nothing lost and nothing
// sent twice.
package stream

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	feedv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/internal/overload"
)

const (
	// Beat is how often a stream says how far it has come when nothing happens.
	Beat = 15 * time.Second
	// batch is how many lines are fetched at once.
	batch = 200
)

// Hub is where streams begin.
type Hub struct{ reader *journal.Reader }

// New makes a hub on the reader of this process.
func New(r *journal.Reader) *Hub { return &Hub{r} }

// Filter narrows a stream; what is empty does not.
type Filter struct {
	Kinds, Actions []string
	Records        []uuid.UUID
}

// Watch sends the events that the viewer may see, in order, until the context ends or send fails. It first sends a
// token without an event. The error is the cause of the context's end where that is an answer for the caller.
func (h *Hub) Watch(ctx context.Context, f Filter, resume string, send func(*feedv1.Event) error) error {
	v := viewer.From(ctx)
	for _, kind := range f.Kinds {
		if rule.Word(kind) == "" && !slices.Contains(attached, kind) {
			return fault.Invalid("kinds", "there is no kind %q", kind)
		}
	}
	at, err := h.begin(ctx, v.TenantID, resume)
	if err != nil {
		return ended(ctx, err)
	}
	say := func() error { // how far the stream has come
		overload.Leave(ctx)
		return send(&feedv1.Event{Token: token(v.TenantID, at)})
	}
	if err := say(); err != nil {
		return ended(ctx, err)
	}
	beat := time.NewTicker(Beat)
	defer beat.Stop()
	for {
		upto, further := h.reader.Progress()
		if at >= upto {
			if _, err := overload.Park(ctx, Beat, further); err != nil {
				return ended(ctx, err)
			}
			upto = h.reader.At()
		}
		for at < upto {
			if at, err = h.next(ctx, v, f, at, upto, send); err != nil {
				return ended(ctx, err)
			}
		}
		select {
		case <-beat.C:
			if err := say(); err != nil {
				return ended(ctx, err)
			}
		default:
		}
	}
}

// next sends what the next lines after a place tell, and gives the place behind them. The slot is held while they are
// read, and not while they are sent: the caller may be slow.
func (h *Hub) next(ctx context.Context, v *viewer.Viewer, f Filter, at, upto int64, send func(*feedv1.Event) error) (int64, error) {
	if err := overload.Enter(ctx); err != nil {
		return at, err
	}
	lines, until, err := h.reader.Lines(ctx, v.TenantID, at, upto, batch)
	if err != nil {
		return at, db.Fault(err)
	}
	events, err := eventsOf(ctx, v, f, lines)
	if err != nil {
		return at, err
	}
	overload.Leave(ctx)
	for _, e := range events {
		if err := send(e); err != nil {
			return at, err
		}
	}
	return until, nil
}

// Follow is the same for WebSockets, all kinds, from now on; what an event is called comes before it.
func (h *Hub) Follow(ctx context.Context, _ string, send func(kind string, data any) error) error {
	return h.Watch(ctx, Filter{}, "", func(e *feedv1.Event) error {
		if e.GetAction() == "" {
			return nil // sockets have pings of their own
		}
		return send(e.GetAction(), e)
	})
}

// begin is the place that a stream starts from.
func (h *Hub) begin(ctx context.Context, tenant uuid.UUID, resume string) (int64, error) {
	if resume == "" {
		return h.reader.CatchUp(ctx)
	}
	seq, ok := parse(tenant, resume)
	if !ok {
		return 0, fault.Invalid("resume_token", "is no token of this tenant's feed")
	}
	if at := h.reader.At(); seq > at { // another process may have been faster
		var err error
		if at, err = h.reader.CatchUp(ctx); err != nil {
			return 0, err
		}
		if seq > at {
			return 0, fault.Invalid("resume_token", "is no token of this tenant's feed")
		}
	}
	return seq, nil
}

// eventsOf are those of the lines that the viewer may see and wants.
func eventsOf(ctx context.Context, v *viewer.Viewer, f Filter, lines []db.Line) ([]*feedv1.Event, error) {
	refs := api.RefsOf(ctx)
	var events []*feedv1.Event
	for i := range lines {
		l := &lines[i]
		if !f.wants(l) || !visible(v, l) {
			continue
		}
		e := event(v, l)
		refs.Want(&e.By, "User", l.PersonID)
		events = append(events, e)
	}
	if len(events) == 0 {
		return nil, nil
	}
	return events, db.Fault(refs.Load())
}

func event(v *viewer.Viewer, l *db.Line) *feedv1.Event {
	e := &feedv1.Event{
		Token: token(l.TenantID, l.Seq), At: api.At(l.At), Action: l.Action, Kind: l.Kind, RecordId: l.RecordID.String(),
		Number: db.Short(db.ByKind(l.Kind), l.Number), Label: l.Label, Actor: l.Actor,
	}
	for _, field := range journal.Fields(l) {
		c := &feedv1.FieldChange{Field: field}
		c.Old, c.New = journal.Shown(v, l, field)
		e.Changes = append(e.Changes, c)
	}
	return e
}

// ended prefers the cause of the context's end, where it is an answer.
func ended(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		if fault.Of(cause) != nil {
			return cause
		}
		if errors.Is(cause, context.Canceled) {
			return nil // the caller has gone
		}
	}
	return err
}
