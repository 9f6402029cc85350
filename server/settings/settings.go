// Package settings keeps what a tenant has decided for all its members: one document, with a default for everything
// that nobody has decided. A change of the priority matrix, the calendars or the targets makes a new version of the
// service policy; what is judged by an older one stays so.
package settings

import (
	"context"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	settingsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/settings/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
	"github.com/holdfast-platform/holdfast/server/internal/servicepolicy"
	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

const kind = "Setting"

// Service keeps settings.
type Service struct{ identity *identity.Service }

// GetSettings answers the tenant's settings.
func (Service) GetSettings(ctx context.Context, _ *settingsv1.GetSettingsRequest) (*settingsv1.Settings, error) {
	row, err := db.From(ctx).Setting.Query().Only(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return nil, err
	}
	policy, err := servicepolicy.Current(ctx)
	if err != nil {
		return nil, err
	}
	return message(ctx, row, policy)
}

// UpdateSettings changes the settings that the mask names.
func (s Service) UpdateSettings(ctx context.Context, in *settingsv1.UpdateSettingsRequest) (*settingsv1.Settings, error) {
	if err := db.Alone(ctx, kind); err != nil { // there may be no row yet that could be held
		return nil, err
	}
	row, err := db.From(ctx).Setting.Query().Where(db.Locked).Only(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return nil, err
	}
	if err := expect(ctx, row); err != nil {
		return nil, err
	}
	policy, err := servicepolicy.Current(ctx)
	if err != nil {
		return nil, err
	}
	if row == nil {
		c := db.From(ctx).Setting.Create()
		if policy, err = apply(ctx, c.Mutation(), in.GetSettings(), api.MaskOf(in), policy); err != nil {
			return nil, err
		}
		if err := s.mayBeDefault(ctx, c.Mutation(), nil); err != nil {
			return nil, err
		}
		row, err = c.Save(ctx)
	} else {
		u := db.From(ctx).Setting.UpdateOneID(row.ID)
		if policy, err = apply(ctx, u.Mutation(), in.GetSettings(), api.MaskOf(in), policy); err != nil {
			return nil, err
		}
		if err := s.mayBeDefault(ctx, u.Mutation(), row.DefaultGroupID); err != nil {
			return nil, err
		}
		row, err = u.Save(ctx)
	}
	if err != nil {
		return nil, err
	}
	return message(ctx, row, policy)
}

// mayBeDefault refuses another default group that grants more than the caller has; before is the one until now.
func (s Service) mayBeDefault(ctx context.Context, m *ent.SettingMutation, before *uuid.UUID) error {
	next, ok := m.DefaultGroupID()
	if !ok || before != nil && *before == next {
		return nil
	}
	return s.identity.MayMakeDefault(ctx, next)
}

// expect has the version checked that the caller has seen; the request names no record, for there is but one.
func expect(ctx context.Context, row *ent.Setting) error {
	e := db.Expecting(ctx)
	switch {
	case e == nil:
	case row != nil:
		e.ID = row.ID.String()
	case e.IfMatch:
		return fault.StaleMatch()
	case e.Version != 0:
		return fault.Stale()
	}
	return nil
}

// apply fills the mutation and appends a service policy where it changes.
func apply(ctx context.Context, m *ent.SettingMutation, in *settingsv1.Settings, k *api.Mask, now *sla.Policy) (*sla.Policy, error) {
	next := *now
	fillSettings(m, in, k, &next)
	field, err := next.Check()
	if err != nil {
		k.Fault(field, err.Error())
	}
	if err := k.Err(); err != nil {
		return nil, err
	}
	if same(now, &next) {
		return now, nil
	}
	return &next, servicepolicy.Append(ctx, &next)
}
