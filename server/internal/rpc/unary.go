package rpc

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/etag"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
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
		if out, ok := res.Any().(proto.Message); ok {
			api.Show(ctx, out)
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
		room := func() (connect.AnyResponse, error) { return next(d.DB.In(ctx), req) }
		if p.list == nil {
			return room()
		}
		return p.list.read(m, room)
	}
	if p.body != nil && m.Has(p.body) {
		if err := unshortened(m.Get(p.body).Message()); err != nil {
			return nil, err
		}
	}
	p.texts.empty(m)
	if reason, ok := p.reason.in(m); ok && reason.String() != "" {
		callOf(ctx).Reason = reason.String()
	}
	ctx, err := p.expect(ctx, m, req.Header())
	if err != nil {
		return nil, err
	}
	room := func(ctx context.Context) (connect.AnyResponse, error) { return next(ctx, req) }
	if dry, ok := p.dryRun.in(m); ok && dry.Bool() {
		res, err := d.write(ctx, p, func(ctx context.Context) (connect.AnyResponse, error) {
			db.Discard(ctx)
			return room(ctx)
		})
		if err == nil {
			res.Header()[inprocess.ValidatedHeader] = []string{"true"}
		}
		return res, err
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

// expect tells the guards which version of which record the caller has seen, or must not be the current one.
func (p *plan) expect(ctx context.Context, m protoreflect.Message, header http.Header) (context.Context, error) {
	id, _ := p.id.in(m)
	e := db.Expected{}
	if id.IsValid() {
		e.ID = id.String()
	}
	match, err := tagsOf(header, "If-Match")
	if err != nil {
		return ctx, err
	}
	none, err := tagsOf(header, "If-None-Match")
	if err != nil {
		return ctx, err
	}
	if len(none.Tags) > 0 || none.Any {
		e.None, e.Not = none.Any, versions(none, true)
	}
	seen, said := p.version.in(m)
	switch {
	case len(match.Tags) > 0:
		e.IfMatch, e.Any = true, versions(match, false)
	case said && seen.Int() != 0:
		e.Version = int32(seen.Int())
	case !e.None && e.Not == nil:
		return ctx, nil
	}
	return db.Expect(ctx, &e), nil
}

// tagsOf are those of a header; what is no list of tags is 400.
func tagsOf(header http.Header, name string) (etag.List, error) {
	lines := header[name]
	if len(lines) == 0 {
		return etag.List{}, nil
	}
	l, ok := etag.Read(lines)
	if !ok {
		return l, fault.Malformed("%s must be * or entity tags such as \"3\"", name)
	}
	return l, nil
}

// versions are those that tags name, compared as text: only "3" is version 3. What names none, where weak tags do not
// count these too, stands as -1, which is no record's version.
func versions(l etag.List, weakly bool) []int32 {
	var out []int32
	for _, t := range l.Tags {
		n, err := strconv.ParseInt(t.Text, 10, 32)
		if err != nil || n <= 0 || strconv.FormatInt(n, 10) != t.Text || t.Weak && !weakly {
			n = -1
		}
		out = append(out, int32(n))
	}
	return out
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
	// there is nothing where it would lead
	if _, dry := res.Header()[inprocess.ValidatedHeader]; p.answerID != nil && !dry {
		if id := r.Get(p.answerID).String(); id != "" {
			res.Header()["Location"] = []string{p.location + id}
		}
	}
}

// WrapStreamingClient is for clients; the door has none.
func (interceptor) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}
