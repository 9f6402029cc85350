package comment

import (
	"context"

	"github.com/holdfast-platform/holdfast/gen/ent"
	commentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/comments/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
)

// Messages are comments as the caller sees them, with the names of people.
func Messages(ctx context.Context, rows ...*ent.Comment) ([]*commentsv1.Comment, error) {
	refs := api.RefsOf(ctx)
	out := make([]*commentsv1.Comment, len(rows))
	for i, c := range rows {
		out[i] = &commentsv1.Comment{
			Id: c.ID.String(), Version: c.Version, CreatedAt: api.At(c.CreatedAt), UpdatedAt: api.At(c.UpdatedAt),
			RecordKind: c.RecordKind, RecordId: c.RecordID.String(), Body: c.Body, Internal: c.Internal,
			Mentions: api.IDs(c.Mentions), Mentioned: make([]*typev1.Ref, len(c.Mentions)), AuthorId: api.IDOpt(c.AuthorID),
		}
		refs.Want(&out[i].Author, "User", c.AuthorID)
		for j := range c.Mentions {
			refs.Want(&out[i].Mentioned[j], "User", &c.Mentions[j])
		}
	}
	if err := refs.Load(); err != nil {
		return nil, err
	}
	for _, c := range out { // who is no member any more has no name here, but their place in the list
		for j, id := range c.Mentions {
			if c.Mentioned[j] == nil {
				c.Mentioned[j] = &typev1.Ref{Id: id}
			}
		}
	}
	return out, nil
}
