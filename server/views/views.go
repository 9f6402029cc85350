// Package views keeps saved lists: which records, in which order, with which columns.
package views

import (
	"context"
	"slices"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/view"
	viewsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/views/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/jsondoc"
)

const kind = "View"

// Service keeps views.
type Service struct{}

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*viewsv1.ListViewsRequest)(nil),
	Filters: api.Filters(api.Columns("word", "shared"), api.Folded("name")),
	Sorts:   api.Sorts{"": "name", "name": view.FieldNameFold, "word": view.FieldWord},
})

// ListViews answers one page of the caller's own views and of the shared ones: the guards show no others.
func (Service) ListViews(ctx context.Context, in *viewsv1.ListViewsRequest) (*viewsv1.ListViewsResponse, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).View.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := messages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &viewsv1.ListViewsResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// CreateView makes a view of the caller's own.
func (Service) CreateView(ctx context.Context, in *viewsv1.CreateViewRequest) (*viewsv1.View, error) {
	c, k := db.From(ctx).View.Create(), api.MaskOf(in)
	for field, value := range map[string]string{view.FieldWord: in.GetView().GetWord(), view.FieldName: in.GetView().GetName()} {
		if value == "" {
			k.Fault(field, "must not be empty")
		}
	}
	c.SetWord(in.GetView().GetWord()).SetOwnerID(viewer.From(ctx).PersonID)
	if err := fillView(ctx, c.Mutation(), in.GetView(), k, &ent.View{}); err != nil {
		return nil, err
	}
	return api.Answer(ctx, messages)(c.Save(ctx))
}

// UpdateView changes the fields the mask names, of the caller's own view.
func (Service) UpdateView(ctx context.Context, in *viewsv1.UpdateViewRequest) (*viewsv1.View, error) {
	now, err := mine(ctx, in.GetView().GetId())
	if err != nil {
		return nil, err
	}
	u, k := db.From(ctx).View.UpdateOneID(now.ID), api.MaskOf(in)
	if k.Has(view.FieldWord) && (k.Names(view.FieldWord) || in.GetView().GetWord() != "") && in.GetView().GetWord() != now.Word {
		return nil, fault.Conflict("immutable", "word: the list that a view is for never changes")
	}
	if err := fillView(ctx, u.Mutation(), in.GetView(), k, now); err != nil {
		return nil, err
	}
	return api.Answer(ctx, messages)(u.Save(ctx))
}

// DeleteView removes the caller's own view.
func (Service) DeleteView(ctx context.Context, in *viewsv1.DeleteViewRequest) (*emptypb.Empty, error) {
	now, err := mine(ctx, in.GetId())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, db.From(ctx).View.DeleteOneID(now.ID).Exec(ctx)
}

// mine is a view that the caller may change: their own. Somebody else's private one is not there for them, a shared one
// is not their.
func mine(ctx context.Context, id string) (*ent.View, error) {
	v, err := db.From(ctx).View.Query().Where(api.ByID(kind, id)).Only(ctx)
	if err != nil {
		return nil, err
	}
	if v.OwnerID != viewer.From(ctx).PersonID {
		return nil, fault.Denied("not_owner", "a shared view is changed by its owner only")
	}
	return v, nil
}

// fillView serves create and update; now is the view before the change.
func fillView(ctx context.Context, m *ent.ViewMutation, in *viewsv1.View, k *api.Mask, now *ent.View) error {
	api.Set(k, view.FieldName, in.GetName(), m.SetName)
	jsondoc.Set(k, view.FieldFilter, in.GetFilter(), m.SetFilter, m.ClearFilter)
	if k.Names(view.FieldOrderBy) || k.All() && in.GetOrderBy() != "" {
		m.SetOrderBy(in.GetOrderBy())
	}
	api.Strings(k, view.FieldColumns, in.GetColumns(), m.SetColumns, m.ClearColumns)
	if k.Names(view.FieldShared) || k.All() && in.GetShared() {
		m.SetShared(in.GetShared())
	}
	var added []uuid.UUID // those that it had may be gone since: what was read can be sent back
	api.UUIDs(k, view.FieldDefaultGroupIds, in.GetDefaultGroupIds(), func(ids []uuid.UUID) {
		added = slices.DeleteFunc(slices.Clone(ids), func(id uuid.UUID) bool { return slices.Contains(now.DefaultGroupIds, id) })
		m.SetDefaultGroupIds(ids)
	})
	if err := k.Err(); err != nil {
		return err
	}
	if err := known(ctx, m, in, k, now); err != nil {
		return err
	}
	shared, defaults := now.Shared, now.DefaultGroupIds
	if s, ok := m.Shared(); ok {
		shared = s
	}
	if g, ok := m.DefaultGroupIds(); ok {
		defaults = g
	}
	if len(defaults) > 0 && !shared {
		return fault.Invalid(view.FieldDefaultGroupIds, "only a shared view can be where groups begin")
	}
	return exist(ctx, added)
}

// beside are lists that are not of records: they have no table to hold a view against.
var beside = []string{"audit"}

// known refuses what the list that the view is for does not know: a filter, an order, a column. What the view had
// stays: what was read can be sent back, also when the list has changed since.
func known(ctx context.Context, m *ent.ViewMutation, in *viewsv1.View, k *api.Mask, now *ent.View) error {
	word, ok := m.Word()
	if !ok {
		word = now.Word
	}
	table := api.TableFor(word)
	if table == nil {
		if now.Word == "" && !slices.Contains(beside, word) {
			k.Fault(view.FieldWord, "there is no such list")
			return k.Err()
		}
		return nil
	}
	filter, order, columns := in.GetFilter(), in.GetOrderBy(), in.GetColumns()
	if !k.Has(view.FieldFilter) || proto.Equal(filter, api.FromJSON(now.Filter, &structpb.Struct{})) {
		filter = nil
	}
	if !k.Has(view.FieldOrderBy) || order == now.OrderBy {
		order = ""
	}
	if !k.Has(view.FieldColumns) || slices.Equal(columns, now.Columns) {
		columns = nil
	}
	return table.Check(ctx, filter, order, columns)
}

// exist refuses groups that the tenant does not have.
func exist(ctx context.Context, groups []uuid.UUID) error {
	if len(groups) == 0 {
		return nil
	}
	found, err := db.Labels(ctx, "Group", groups)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if found[g] == nil {
			return fault.Invalid(view.FieldDefaultGroupIds, "no such group: %s", g)
		}
	}
	return nil
}

// messages is what callers see of views.
func messages(ctx context.Context, rows ...*ent.View) ([]*viewsv1.View, error) {
	out, refs := make([]*viewsv1.View, len(rows)), api.RefsOf(ctx)
	for i, r := range rows {
		out[i] = &viewsv1.View{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt),
			Word: r.Word, Name: r.Name, Filter: api.FromJSON(r.Filter, &structpb.Struct{}), OrderBy: r.OrderBy, Columns: r.Columns,
			OwnerId: r.OwnerID.String(), Shared: r.Shared, DefaultGroupIds: api.IDs(r.DefaultGroupIds),
		}
		refs.Want(&out[i].Owner, "User", &r.OwnerID)
	}
	return out, refs.Load()
}
