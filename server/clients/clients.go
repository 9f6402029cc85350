// Package clients keeps the organisations that reviews are made for.
package clients

import (
	"context"

	"github.com/holdfast-platform/holdfast/gen/ent"
	clientsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/clients/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/internal/jsondoc"
)

const kind = "Customer"

// Service keeps clients.
type Service struct{}

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*clientsv1.ListClientsRequest)(nil), Item: (*clientsv1.Client)(nil),
	Filters: api.Folded("name"),
	Sorts:   api.Sorts{"": "name", "name": "name_fold"},
})

// ListClients answers one page of clients.
func (Service) ListClients(ctx context.Context, in *clientsv1.ListClientsRequest) (*clientsv1.ListClientsResponse, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).Customer.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := messages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &clientsv1.ListClientsResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// CreateClient makes a client.
func (Service) CreateClient(ctx context.Context, in *clientsv1.CreateClientRequest) (*clientsv1.Client, error) {
	c := db.From(ctx).Customer.Create()
	if err := fillClient(c.Mutation(), in.GetClient(), api.MaskOf(in)); err != nil {
		return nil, err
	}
	return api.Answer(ctx, messages)(c.Save(ctx))
}

// GetClient answers one client.
func (Service) GetClient(ctx context.Context, in *clientsv1.GetClientRequest) (*clientsv1.Client, error) {
	return api.Answer(ctx, messages)(db.From(ctx).Customer.Query().Where(api.ByID(kind, in.GetId())).Only(ctx))
}

// UpdateClient changes the fields the mask names.
func (Service) UpdateClient(ctx context.Context, in *clientsv1.UpdateClientRequest) (*clientsv1.Client, error) {
	id, err := db.ID(ctx, kind, in.GetClient().GetId())
	if err != nil {
		return nil, err
	}
	u := db.From(ctx).Customer.UpdateOneID(id)
	if err := fillClient(u.Mutation(), in.GetClient(), api.MaskOf(in)); err != nil {
		return nil, err
	}
	return api.Answer(ctx, messages)(u.Save(ctx))
}

// ListClientHistory answers what changed, field by field, newest first.
func (Service) ListClientHistory(ctx context.Context, in *clientsv1.ListClientHistoryRequest) (*clientsv1.ListClientHistoryResponse, error) {
	id, err := db.From(ctx).Customer.Query().Where(api.ByID(kind, in.GetId())).OnlyID(ctx)
	if err != nil {
		return nil, err
	}
	out := &clientsv1.ListClientHistoryResponse{}
	return out, journal.History(ctx, ent.Kinds[kind].API, id, in, out)
}

// fillClient serves create and update.
func fillClient(m *ent.CustomerMutation, in *clientsv1.Client, k *api.Mask) error {
	api.Set(k, "name", in.GetName(), m.SetName)
	api.Opt(k, "primary_contact_name", in.PrimaryContactName, m.SetPrimaryContactName, m.ClearPrimaryContactName)
	api.Opt(k, "primary_contact_email", in.PrimaryContactEmail, m.SetPrimaryContactEmail, m.ClearPrimaryContactEmail)
	jsondoc.Set(k, "metadata", in.GetMetadata(), m.SetMetadata, m.ClearMetadata)
	return k.Err()
}

// messages is what callers see of clients.
func messages(_ context.Context, rows ...*ent.Customer) ([]*clientsv1.Client, error) {
	out := make([]*clientsv1.Client, len(rows))
	for i, r := range rows {
		out[i] = &clientsv1.Client{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt),
			Name: r.Name, PrimaryContactName: r.PrimaryContactName, PrimaryContactEmail: r.PrimaryContactEmail,
			Metadata: api.FromJSON(r.Metadata, &structpb.Struct{}),
		}
	}
	return out, nil
}
