package holdfast

import (
	"context"
	"iter"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// All walks a whole list, page by page, by cursor: rows that come or go meanwhile neither repeat nor hide others. The
// request's filters, order and per_page hold for the walk; its page is not used. Texts come whole, however long: full
// is set for the walk, where a page by number cuts them. It ends with the first error.
//
//	for asset, err := range holdfast.All(ctx, c.Assets.ListAssets, &assetsv1.ListAssetsRequest{Q: "pump"}) {
func All[Req proto.Message, Res interface {
	GetItems() []Item
	GetNextCursor() string
}, Item any](ctx context.Context, list func(context.Context, Req) (Res, error), in Req) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		ask := proto.CloneOf(in)
		message := ask.ProtoReflect()
		fields := message.Descriptor().Fields()
		if page := fields.ByName("page"); page != nil {
			message.Clear(page)
		}
		if total := fields.ByName("total"); total != nil && !message.Has(total) && total.Kind() == protoreflect.StringKind {
			message.Set(total, protoreflect.ValueOfString("none"))
		}
		cursor := fields.ByName("cursor")
		if full := fields.ByName("full"); full != nil && cursor != nil {
			message.Set(full, protoreflect.ValueOfBool(true))
		}
		if per := fields.ByName("per_page"); per != nil && !message.Has(per) {
			message.Set(per, protoreflect.ValueOfInt32(100))
		}
		for next := ""; ; {
			if cursor != nil {
				message.Set(cursor, protoreflect.ValueOfString(next))
			}
			out, err := list(ctx, ask)
			if err != nil {
				var none Item
				yield(none, err)
				return
			}
			for _, item := range out.GetItems() {
				if !yield(item, nil) {
					return
				}
			}
			if next = out.GetNextCursor(); next == "" || cursor == nil {
				return
			}
		}
	}
}
