// Package links relates records across domains: "INC-4 affects AST-12". A link has a direction and a type, reads from
// both of its ends, and never changes: it is made and taken away.
package links

import (
	"context"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/gen/ent"
	entlink "github.com/holdfast-platform/holdfast/gen/ent/link"
	linksv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/links/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/link"
)

const kind = "Link"

// Service keeps links.
type Service struct{}

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*linksv1.ListLinksRequest)(nil),
	Filters: api.Columns("type"),
	Sorts:   api.Sorts{"": "created_at", "type": "type"}, Beside: []string{"record_kind", "record_id"},
})

// ListLinks answers one page of a record's links, in both directions.
func (Service) ListLinks(ctx context.Context, in *linksv1.ListLinksRequest) (*linksv1.ListLinksResponse, error) {
	id, err := uuid.Parse(in.GetRecordId())
	if err != nil {
		return nil, fault.Invalid("record_id", "must be a UUID")
	}
	if _, err := link.Record(ctx, "record_kind", in.GetRecordKind(), id, "read"); err != nil {
		return nil, err
	}
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	l.Where(sql.OrPredicates(
		sql.AndPredicates(sql.FieldEQ("from_kind", in.GetRecordKind()), sql.FieldEQ("from_id", id)),
		sql.AndPredicates(sql.FieldEQ("to_kind", in.GetRecordKind()), sql.FieldEQ("to_id", id)),
	))
	rows, err := api.All(ctx, l, db.From(ctx).Link.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := seen(ctx, id, rows...)
	if err != nil {
		return nil, err
	}
	out := &linksv1.ListLinksResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// ListLinkTypes answers the table of links that make sense.
func (Service) ListLinkTypes(_ context.Context, in *linksv1.ListLinkTypesRequest) (*linksv1.ListLinkTypesResponse, error) {
	out := &linksv1.ListLinkTypesResponse{}
	for _, r := range link.Table() {
		if (in.GetFromKind() == "" || in.GetFromKind() == r.From) && (in.GetToKind() == "" || in.GetToKind() == r.To) {
			out.Items = append(out.Items, &linksv1.LinkType{
				Type: r.Type, FromKind: r.From, ToKind: r.To, Phrase: link.Phrase(r.Type, false), ReversePhrase: link.Phrase(r.Type, true),
			})
		}
	}
	return out, nil
}

// CreateLink relates two records.
func (Service) CreateLink(ctx context.Context, in *linksv1.CreateLinkRequest) (*linksv1.Link, error) {
	c := db.From(ctx).Link.Create()
	if err := fillLink(c.Mutation(), in.GetLink(), api.MaskOf(in)); err != nil {
		return nil, err
	}
	if err := check(ctx, c.Mutation()); err != nil {
		return nil, err
	}
	return api.Answer(ctx, linkMessages)(c.Save(ctx))
}

// DeleteLink takes a link away.
func (Service) DeleteLink(ctx context.Context, in *linksv1.DeleteLinkRequest) (*emptypb.Empty, error) {
	id, err := db.ID(ctx, kind, in.GetId())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, db.From(ctx).Link.DeleteOneID(id).Exec(ctx)
}

// fillLink takes the fields of a new link.
func fillLink(m *ent.LinkMutation, in *linksv1.Link, k *api.Mask) error {
	for name, value := range map[string]string{"from_kind": in.GetFromKind(), "to_kind": in.GetToKind(), "type": in.GetType()} {
		if value == "" {
			k.Fault(name, "must not be empty")
		}
	}
	api.Set(k, "from_kind", in.GetFromKind(), m.SetFromKind)
	api.Required(k, "from_id", in.GetFromId(), m.SetFromID)
	api.Set(k, "to_kind", in.GetToKind(), m.SetToKind)
	api.Required(k, "to_id", in.GetToId(), m.SetToID)
	api.Set(k, "type", in.GetType(), m.SetType)
	return k.Err()
}

// check asks for both records, and whether they are linked so already: either way round where the type reads alike from
// both ends.
func check(ctx context.Context, m *ent.LinkMutation) error {
	fromKind, _ := m.FromKind()
	from, _ := m.FromID()
	toKind, _ := m.ToKind()
	to, _ := m.ToID()
	typ, _ := m.GetType()
	if _, err := link.Record(ctx, "from_kind", fromKind, from, "update"); err != nil {
		return err
	}
	if _, err := link.Record(ctx, "to_kind", toKind, to, "read"); err != nil {
		return err
	}
	if from == to {
		return fault.Invalid("to_id", "a record is not linked with itself")
	}
	if !link.Fits(typ, fromKind, toKind) {
		return fault.Invalid("type", "makes no sense from one of these kinds to the other")
	}
	// asked for twice at once, even from both ends, it is there once
	if err := db.AloneWithBoth(ctx, "link "+typ, from, to); err != nil {
		return err
	}
	same := entlink.And(entlink.FromKind(fromKind), entlink.FromID(from), entlink.ToKind(toKind), entlink.ToID(to))
	if link.Phrase(typ, false) == link.Phrase(typ, true) {
		same = entlink.Or(same, entlink.And(entlink.FromKind(toKind), entlink.FromID(to), entlink.ToKind(fromKind), entlink.ToID(from)))
	}
	linked, err := db.From(ctx).Link.Query().Where(entlink.Type(typ), same).Exist(ctx)
	if err == nil && linked {
		err = fault.Exists("to_id", "the records are linked so already")
	}
	return err
}

// linkMessages are links as seen from where they go out.
func linkMessages(ctx context.Context, rows ...*ent.Link) ([]*linksv1.Link, error) {
	return seen(ctx, uuid.Nil, rows...)
}

// seen are links as seen from a record.
func seen(ctx context.Context, from uuid.UUID, rows ...*ent.Link) ([]*linksv1.Link, error) {
	refs := api.RefsOf(ctx)
	out := make([]*linksv1.Link, len(rows))
	for i, l := range rows {
		incoming := from != uuid.Nil && l.FromID != from
		m := &linksv1.Link{
			Id: l.ID.String(), Version: l.Version, CreatedAt: api.At(l.CreatedAt), UpdatedAt: api.At(l.UpdatedAt),
			FromKind: l.FromKind, FromId: l.FromID.String(), ToKind: l.ToKind, ToId: l.ToID.String(), Type: l.Type,
			Direction: "outgoing", Phrase: link.Phrase(l.Type, incoming),
		}
		if incoming {
			m.Direction = "incoming"
		}
		refs.Want(&m.From, db.ByKind(l.FromKind), &l.FromID)
		refs.Want(&m.To, db.ByKind(l.ToKind), &l.ToID)
		out[i] = m
	}
	return out, refs.Load()
}
