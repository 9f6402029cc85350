package assets

import (
	"context"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// next says where an asset can go from each stage of its life.
var next = map[string]string{"planned": "active", "active": "decommissioned", "decommissioned": "active"}

// moves refuses what an asset may not become: a forbidden step of its life, or another client's once a session exists
// for it. What hangs on it goes along to another client.
func moves(ctx context.Context, m *ent.AssetMutation, before *ent.Asset, reason string) error {
	if err := lives(m, before, reason); err != nil {
		return err
	}
	after, set := m.ClientID()
	if !set && !m.ClientIDCleared() || same(before.ClientID, after) {
		return nil
	}
	n, err := db.Count(viewer.As(ctx, viewer.Detacher), "Session", 1, sql.FieldEQ("asset_id", before.ID))
	if err != nil {
		return err
	}
	if err := belongs(n > 0); err != nil {
		return err
	}
	return dependents.Follow(ctx, ent.KindAsset, before.ID, after)
}

// belongs refuses another client where a session exists.
func belongs(reviewed bool) error {
	if reviewed {
		return fault.Conflict("client_fixed", "client_id: the client cannot change once a session exists for the asset")
	}
	return nil
}

// lives refuses a forbidden step of an asset's life.
func lives(m *ent.AssetMutation, before *ent.Asset, reason string) error {
	stage, ok := m.Lifecycle()
	switch {
	case !ok || stage == before.Lifecycle:
	case next[before.Lifecycle] != stage:
		return fault.Conflict("transition", "lifecycle: from %s it can only become %s", before.Lifecycle, next[before.Lifecycle]).With("allowed", next[before.Lifecycle])
	case before.Lifecycle == "decommissioned" && reason == "":
		return fault.Invalid("reason", "must say why a decommissioned asset becomes active again")
	}
	return nil
}

// same compares an optional reference with another; Nil is none.
func same(a *uuid.UUID, b uuid.UUID) bool {
	if a == nil {
		return b == uuid.Nil
	}
	return *a == b
}
