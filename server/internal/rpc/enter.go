package rpc

import (
	"context"
	"net/http"

	"connectrpc.com/connect"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

type enteredKey struct{}

// Enter does the gate's work for the REST side, before it reads a body and makes a call of it: who is not let in costs little, and hears
// that before he hears what is wrong with his request. The call that follows with the context is not asked again. The error is a fault.
func (d *Door) Enter(ctx context.Context, procedure string, header http.Header) (context.Context, error) {
	c := callOf(ctx)
	c.method = procedure[1:]
	p := d.plans[procedure]
	if p == nil {
		return nil, fault.Broken().With("procedure", procedure)
	}
	v, err := d.enter(ctx, c, p.access, header)
	if err != nil {
		f := d.faultOf(ctx, err)
		c.fault, c.code = f, connect.Code(f.Code()).String()
		return nil, f
	}
	ctx = context.WithValue(ctx, enteredKey{}, p)
	if v == nil {
		return ctx, nil
	}
	return viewer.With(ctx, v), nil
}

// entered tells whether the caller of this method has passed Enter.
func entered(ctx context.Context, p *plan) bool {
	was, _ := ctx.Value(enteredKey{}).(*plan)
	return was == p
}
