package builtin_test

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/builtin"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// TestAnotherReleaseBringsGroups: a release with one more built-in group, and with other words for one that is there,
// brings them to tenants of before; a name that a tenant has used stays theirs.
func TestAnotherReleaseBringsGroups(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		h.Admin.JSON("POST", "/api/v1/groups", map[string]any{"name": "Change managers", "permissions": []string{"sites:read"}}, http.StatusCreated, nil)
		roles := append(server.Roles(), identity.Role{Key: "change_managers", Name: "Change managers", Permissions: []string{"assets:read"}})
		roles[1].Description = "Other words."
		bringer, log := builtin.Bringer{identity.Groups(roles)}, slog.New(slog.DiscardHandler)
		if err := bringer.Sync(t.Context(), h.DB, log); err != nil {
			t.Fatal(err)
		}
		before, err := h.DB.Head(context.WithoutCancel(t.Context()))
		if err != nil {
			t.Fatal(err)
		}
		if err := bringer.Sync(t.Context(), h.DB, log); err != nil {
			t.Fatal(err)
		}
		if after, err := h.DB.Head(context.WithoutCancel(t.Context())); err != nil || after != before {
			t.Errorf("a second time it wrote %d lines (%v)", after-before, err)
		}
		for tenant, want := range map[string]string{h.Tenant.String(): "Change managers (built in)", h.Other.String(): "Change managers"} {
			ctx := viewer.In(h.DB.In(t.Context()), h.Tenant, viewer.Librarian)
			if tenant == h.Other.String() {
				ctx = viewer.In(h.DB.In(t.Context()), h.Other, viewer.Librarian)
			}
			err := h.DB.Tx(ctx, func(ctx context.Context) error {
				fresh, err := db.From(ctx).Group.Query().Where(group.BuiltinKey("change_managers")).Only(ctx)
				if err != nil {
					return err
				}
				if fresh.Name != want || !fresh.IsBuiltin {
					t.Errorf("the new group is called %q, want %q", fresh.Name, want)
				}
				desk, err := db.From(ctx).Group.Query().Where(group.BuiltinKey("service_desk")).Only(ctx)
				if err != nil {
					return err
				}
				if desk.Name != "Service desk" || desk.Description == nil || *desk.Description != "Other words." {
					t.Errorf("the group that was there is %q, %v", desk.Name, desk.Description)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
