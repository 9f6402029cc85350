package rpc

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/inprocess"
)

// interceptor is the part of the door that sees decoded messages.
type interceptor struct{ *Door }

// WrapUnary puts the steps around a room's method.
func (d interceptor) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		p := d.plans[req.Spec().Procedure]
		in, ok := req.Any().(proto.Message)
		if p == nil || !ok {
			return nil, d.refusal(ctx, p, errors.New("rpc: a method that the door does not know"))
		}
		if _, set := ctx.Deadline(); !set && d.Timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, d.Timeout)
			defer cancel()
		}
		res, err := d.unary(ctx, p, req, in, next)
		if err != nil {
			return nil, d.refusal(ctx, p, err)
		}
		callOf(ctx).code = "ok"
		p.headers(res)
		return inprocess.Answer(ctx, res), nil
	}
}

func (d *Door) unary(ctx context.Context, p *plan, req connect.AnyRequest, in proto.Message, next connect.UnaryFunc) (connect.AnyResponse, error) {
	if err := d.validate(p, in); err != nil {
		return nil, err
	}
	m := in.ProtoReflect()
	if p.changes(m) {
		if err := confirmed(viewer.From(ctx), d.now(ctx)); err != nil {
			return nil, err
		}
	}
	if p.reads {
		return next(d.DB.In(ctx), req)
	}
	if reason, ok := p.reason.in(m); ok && reason.String() != "" {
		callOf(ctx).Reason = reason.String()
	}
	ctx = p.expect(ctx, m, req.Header().Get("If-Match"))
	room := func(ctx context.Context) (connect.AnyResponse, error) { return next(ctx, req) }
	if dry, ok := p.dryRun.in(m); ok && dry.Bool() {
		return d.write(ctx, p, func(ctx context.Context) (connect.AnyResponse, error) {
			db.Discard(ctx)
			return room(ctx)
		})
	}
	key, err := d.idempotencyKey(ctx, p.access, p.procedure, req.Header())
	if err != nil {
		return nil, err
	}
	if key == nil {
		return d.write(ctx, p, room)
	}
	return d.once(ctx, p, key, in, room)
}

// write runs a writing method in its transaction, or lets it open its own.
func (d *Door) write(ctx context.Context, p *plan, room func(context.Context) (connect.AnyResponse, error)) (res connect.AnyResponse, err error) {
	if p.access.GetOwnTx() {
		return room(d.DB.In(ctx))
	}
	err = d.DB.Tx(ctx, func(ctx context.Context) error {
		res, err = room(ctx)
		return err
	})
	return res, err
}

// expect tells the guards which version of which record the caller has seen.
func (p *plan) expect(ctx context.Context, m protoreflect.Message, ifMatch string) context.Context {
	id, _ := p.id.in(m)
	e := db.Expected{}
	if id.IsValid() {
		e.ID = id.String()
	}
	if ifMatch != "" && ifMatch != "*" {
		e.IfMatch, e.Any = true, matched(ifMatch)
		return db.Expect(ctx, &e)
	}
	if seen, ok := p.version.in(m); ok && seen.Int() != 0 {
		e.Version = int32(seen.Int())
		return db.Expect(ctx, &e)
	}
	return ctx
}

// matched reads the versions in If-Match: one tag, or several between commas. What names no version of ours, a weak tag too, matches
// nothing: -1 is no record's version.
func matched(tags string) []int32 {
	var versions []int32
	for tag := range strings.SplitSeq(tags, ",") {
		tag, opened := strings.CutPrefix(strings.TrimSpace(tag), `"`)
		tag, closed := strings.CutSuffix(tag, `"`)
		n, err := strconv.ParseInt(tag, 10, 32)
		if !opened || !closed || err != nil || n <= 0 {
			n = -1
		}
		versions = append(versions, int32(n))
	}
	return versions
}

// headers are ETag and Location, by convention.
func (p *plan) headers(res connect.AnyResponse) {
	if p.answerV == nil && p.answerID == nil {
		return
	}
	m, ok := res.Any().(proto.Message)
	if !ok {
		return
	}
	r := m.ProtoReflect()
	if p.answerV != nil {
		res.Header()["Etag"] = []string{`"` + strconv.FormatInt(r.Get(p.answerV).Int(), 10) + `"`}
	}
	if p.answerID != nil {
		if id := r.Get(p.answerID).String(); id != "" {
			res.Header()["Location"] = []string{p.location + id}
		}
	}
}

// WrapStreamingClient is for clients; the door has none.
func (interceptor) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}
