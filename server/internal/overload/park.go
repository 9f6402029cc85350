package overload

import (
	"context"
	"errors"
	"time"
)

// Ticket is a slot that a call gives back and takes again. It belongs to the goroutine of the call.
type Ticket struct {
	slots *Slots
	line  Line
	slot  *Slot
	holds func(context.Context) bool
}

type ticketKey struct{}

// NewTicket makes a ticket of a slot that is held, for a call that will wait. holds tells whether a context has a
// transaction, in which nobody may wait.
func NewTicket(slots *Slots, line Line, slot *Slot, holds func(context.Context) bool) *Ticket {
	return &Ticket{slots, line, slot, holds}
}

// With lets a call that goes on with the context park.
func (t *Ticket) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, ticketKey{}, t)
}

func ticketOf(ctx context.Context) *Ticket {
	t, _ := ctx.Value(ticketKey{}).(*Ticket)
	return t
}

// Leave gives the slot back, if one is held, before something that may take long and needs none, such as to send to a
// caller.
func (t *Ticket) Leave() {
	if t != nil {
		t.slot.Release()
		t.slot = nil
	}
}

// ErrTransaction is what Park ends with inside a transaction, which would hold a connection of the database.
var ErrTransaction = errors.New("overload: a call cannot wait inside a transaction")

// Leave gives the slot of the context's call back: see Ticket.Leave. Enter or the next Park takes it again.
func Leave(ctx context.Context) { ticketOf(ctx).Leave() }

// Enter takes a slot again, if none is held, in the line of the call and without a bound in time. The error is the
// context's.
func Enter(ctx context.Context) error {
	t := ticketOf(ctx)
	if t == nil || t.slot != nil {
		return ctx.Err()
	}
	if t.slot = t.slots.Take(ctx, t.line, Forever); t.slot == nil {
		return ctx.Err()
	}
	return nil
}

// Park gives back the slot of a call, waits until wake is closed or receives, and takes a slot again. upto bounds the
// wait; woken is false where it ended that. The error is the context's: no slot is held then. A call without a ticket
// only waits.
func Park(ctx context.Context, upto time.Duration, wake <-chan struct{}) (woken bool, err error) {
	t := ticketOf(ctx)
	if t != nil && t.holds != nil && t.holds(ctx) {
		return false, ErrTransaction
	}
	t.Leave()
	timer := time.NewTimer(upto)
	defer timer.Stop()
	select {
	case <-wake:
		woken = true
	case <-timer.C:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return woken, Enter(ctx)
}
