package assets

import (
	"context"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/holdfast-platform/holdfast/gen/ent"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/jsondoc"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// required notes what a new asset lacks, so that all of it is said at once.
func required(k *api.Mask, in *assetsv1.Asset) {
	for field, value := range map[string]string{"name": in.GetName(), "asset_type": in.GetAssetType()} {
		if value == "" {
			k.Fault(field, "must not be empty")
		}
	}
}

// fillAsset serves create, update and import.
func fillAsset(ctx context.Context, m *ent.AssetMutation, in *assetsv1.Asset, k *api.Mask) error {
	api.Set(k, "name", in.GetName(), m.SetName)
	api.Set(k, "asset_type", in.GetAssetType(), m.SetAssetType)
	api.UUID(k, "site_id", in.SiteId, m.SetSiteID, m.ClearSiteID)
	api.UUID(k, "client_id", in.ClientId, m.SetClientID, m.ClearClientID)
	api.UUID(k, "owner_id", in.OwnerId, m.SetOwnerID, m.ClearOwnerID)
	api.Set(k, "criticality", in.GetCriticality(), m.SetCriticality)
	api.Set(k, "lifecycle", in.GetLifecycle(), m.SetLifecycle)
	api.Opt(k, "environment", in.Environment, m.SetEnvironment, m.ClearEnvironment)
	api.Opt(k, "producer", in.Producer, m.SetProducer, m.ClearProducer)
	api.Opt(k, "model", in.Model, m.SetModel, m.ClearModel)
	api.Opt(k, "serial", in.Serial, m.SetSerial, m.ClearSerial)
	api.Opt(k, "firmware", in.Firmware, m.SetFirmware, m.ClearFirmware)
	api.Opt(k, "os", in.Os, m.SetOs, m.ClearOs)
	api.Opt(k, "ip_address", in.IpAddress, func(text string) { m.SetIPAddress(canonicalIP(text)) }, m.ClearIPAddress)
	api.Opt(k, "mac_address", in.MacAddress, func(text string) { m.SetMACAddress(canonicalMAC(text)) }, m.ClearMACAddress)
	api.Opt(k, "hostname", in.Hostname, m.SetHostname, m.ClearHostname)
	api.Opt(k, "cpe", in.Cpe, m.SetCpe, m.ClearCpe)
	api.Opt(k, "description", in.Description, m.SetDescription, m.ClearDescription)
	api.Strings(k, "tags", in.GetTags(), m.SetTags, m.ClearTags)
	jsondoc.Set(k, "metadata", in.GetMetadata(), m.SetMetadata, m.ClearMetadata)
	if err := k.Err(); err != nil {
		return err
	}
	if word, ok := m.AssetType(); ok {
		return vocabulary.Set(ctx, vocabulary.AssetType, "asset_type", word, m.OldAssetType)
	}
	return nil
}

// messages is what callers see of assets.
func messages(ctx context.Context, rows ...*ent.Asset) ([]*assetsv1.Asset, error) {
	out, refs := make([]*assetsv1.Asset, len(rows)), api.RefsOf(ctx)
	words, err := vocabulary.Current(ctx)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		out[i] = message(r)
		out[i].AssetTypeWord = words.Word(vocabulary.AssetType, r.AssetType)
		refs.Want(&out[i].Site, "Site", r.SiteID)
		refs.Want(&out[i].Client, "Customer", r.ClientID)
		refs.Want(&out[i].Owner, "User", r.OwnerID)
	}
	return out, refs.Load()
}

// message is an asset without the names of what it refers to.
func message(r *ent.Asset) *assetsv1.Asset {
	return &assetsv1.Asset{
		Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt), Number: db.Short(kind, r.Number),
		Name: r.Name, AssetType: r.AssetType, SiteId: api.IDOpt(r.SiteID), ClientId: api.IDOpt(r.ClientID), OwnerId: api.IDOpt(r.OwnerID),
		Criticality: r.Criticality, Lifecycle: r.Lifecycle, Environment: r.Environment, Producer: r.Producer, Model: r.Model, Serial: r.Serial,
		Firmware: r.Firmware, Os: r.Os, IpAddress: r.IPAddress, MacAddress: r.MACAddress, Hostname: r.Hostname, Cpe: r.Cpe,
		Description: r.Description, Tags: r.Tags, Metadata: api.FromJSON(r.Metadata, &structpb.Struct{}),
	}
}
