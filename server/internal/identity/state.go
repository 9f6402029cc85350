package identity

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/setting"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// AllFeatures are the optional modules that a licence can enable.
var AllFeatures = []string{"security", "compliance", "playbooks", "vpn", "backup"}

// The states of a tenant.
const (
	pending   = "pending"
	active    = "active"
	grace     = "grace"
	suspended = "suspended"
)

// State is a tenant's state at a time: an active one whose licence has expired is in grace.
func State(t *ent.Tenant, now time.Time) string {
	if t.Status == active && t.LicenseExpiresAt != nil && !now.Before(*t.LicenseExpiresAt) {
		return grace
	}
	return t.Status
}

// Features are the modules that a tenant may use at a time; in grace none.
func Features(t *ent.Tenant, now time.Time) []string {
	if State(t, now) != active {
		return nil
	}
	return t.Features
}

// stateFault is the refusal that a tenant's state demands, or nil.
func stateFault(t *ent.Tenant) error {
	switch t.Status {
	case pending:
		return fault.Denied("tenant_pending", "the tenant %s waits for its licence", t.Slug)
	case suspended:
		return fault.Denied("tenant_suspended", "the tenant %s is suspended", t.Slug)
	}
	return nil
}

// policy is what a tenant's settings say about signing in.
type policy struct {
	minLength    int
	mfaRequired  bool
	defaultGroup *uuid.UUID
}

// policyOf reads it; a tenant that has set nothing demands nothing.
func policyOf(ctx context.Context, tenant uuid.UUID) (policy, error) {
	row, err := db.From(ctx).Setting.Query().Where(setting.TenantID(tenant)).Only(ctx)
	if ent.IsNotFound(err) {
		return policy{}, nil
	}
	if err != nil {
		return policy{}, err
	}
	return policy{int(row.PasswordMinLength), row.MfaRequired, row.DefaultGroupID}, nil
}

// validFeatures keeps what is a module.
func validFeatures(names []string) ([]string, bool) {
	var out []string
	for _, n := range names {
		if !slices.Contains(AllFeatures, n) {
			return nil, false
		}
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out, true
}
