// Package me is about the caller's own person: who they are and what they may do, password, second factor, login
// sessions, and how they like things.
package me

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/setting"
	mev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/me/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// Service is about the caller.
type Service struct{ identity *identity.Service }

// GetMe says who is calling.
func (s Service) GetMe(ctx context.Context, _ *mev1.GetMeRequest) (*mev1.Me, error) {
	v := viewer.From(ctx)
	u, _, err := identity.Member(ctx, v.PersonID)
	if err != nil {
		return nil, err
	}
	people, err := s.identity.UserMessages(ctx, u)
	if err != nil {
		return nil, err
	}
	out := &mev1.Me{Permissions: v.Permissions, Features: v.Features}
	if len(people) == 1 {
		out.User, out.Groups = people[0], people[0].GetGroups()
	}
	tenants, err := s.identity.OwnTenants(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range tenants {
		m := identity.TenantMessage(ctx, t)
		out.Tenants = append(out.Tenants, m)
		if t.ID == v.TenantID {
			out.Tenant = m
		}
	}
	return out, nil
}

// GetBranding answers how the tenant shows itself.
func (Service) GetBranding(ctx context.Context, _ *mev1.GetBrandingRequest) (*mev1.Branding, error) {
	ctx = viewer.As(ctx, viewer.Self) // the look is open to every member, the other settings are not
	row, err := db.From(ctx).Setting.Query().Only(ctx)
	if ent.IsNotFound(err) {
		return &mev1.Branding{}, nil
	}
	if err != nil {
		return nil, err
	}
	out := &mev1.Branding{Name: row.BrandName, Color: row.BrandColor, Logo: row.BrandLogo}
	if row.Locale != setting.DefaultLocale {
		out.Locale = &row.Locale
	}
	return out, nil
}

// GetFeatures lists the tenant's modules.
func (Service) GetFeatures(ctx context.Context, _ *mev1.GetFeaturesRequest) (*mev1.Features, error) {
	return &mev1.Features{Features: viewer.From(ctx).Features}, nil
}

// ChangePassword sets a new password.
func (s Service) ChangePassword(ctx context.Context, in *mev1.ChangePasswordRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, s.identity.ChangePassword(ctx, in.GetCurrentPassword(), in.GetNewPassword())
}

// Confirm takes a proof of who is there.
func (s Service) Confirm(ctx context.Context, in *mev1.ConfirmRequest) (*mev1.Confirmation, error) {
	until, err := s.identity.Confirm(ctx, in.Password, in.Code)
	if err != nil {
		return nil, err
	}
	return &mev1.Confirmation{ConfirmedUntil: api.At(until)}, nil
}

// EnrollMfa begins the enrolment of a second factor.
func (s Service) EnrollMfa(ctx context.Context, in *mev1.EnrollMfaRequest) (*mev1.MfaEnrollment, error) {
	secret, url, err := s.identity.EnrollMfa(ctx, in.CurrentPassword)
	if err != nil {
		return nil, err
	}
	return &mev1.MfaEnrollment{Secret: secret, OtpauthUrl: url}, nil
}

// ActivateMfa switches the second factor on.
func (s Service) ActivateMfa(ctx context.Context, in *mev1.ActivateMfaRequest) (*mev1.RecoveryCodes, error) {
	codes, err := s.identity.ActivateMfa(ctx, in.GetCode())
	if err != nil {
		return nil, err
	}
	return &mev1.RecoveryCodes{RecoveryCodes: codes}, nil
}

// DisableMfa removes the second factor.
func (s Service) DisableMfa(ctx context.Context, in *mev1.DisableMfaRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, s.identity.DisableMfa(ctx, in.GetPassword(), in.GetCode())
}

// ListLoginSessions lists where the caller is signed in.
func (s Service) ListLoginSessions(ctx context.Context, in *mev1.ListLoginSessionsRequest) (*mev1.ListLoginSessionsResponse, error) {
	page, err := api.PageOf(in.Page, in.PerPage)
	if err != nil {
		return nil, err
	}
	rows, total, err := s.identity.OwnSessions(ctx, page.Offset(), page.Size)
	if err != nil {
		return nil, err
	}
	var tenants []uuid.UUID
	for _, r := range rows {
		tenants = append(tenants, r.ActiveTenantID)
	}
	names, err := s.identity.TenantNames(ctx, tenants)
	if err != nil {
		return nil, err
	}
	out := &mev1.ListLoginSessionsResponse{}
	for _, r := range rows {
		m := &mev1.LoginSession{
			Id: r.ID.String(), CreatedAt: api.At(r.CreatedAt), LastSeenAt: api.AtOpt(r.LastSeenAt), ExpiresAt: api.At(r.ExpiresAt),
			Current: r.ID == viewer.From(ctx).SessionID,
			Tenant:  &typev1.Ref{Id: r.ActiveTenantID.String(), Label: names[r.ActiveTenantID]},
		}
		if r.IP != nil {
			m.Ip = *r.IP
		}
		if r.UserAgent != nil {
			m.UserAgent = *r.UserAgent
		}
		out.Items = append(out.Items, m)
	}
	page.Fill(out, int64(total), false)
	return out, nil
}

// RevokeLoginSession ends one of the caller's sessions.
func (s Service) RevokeLoginSession(ctx context.Context, in *mev1.RevokeLoginSessionRequest) (*emptypb.Empty, error) {
	id, err := uuid.Parse(in.GetId())
	if err != nil {
		return nil, fault.NotFound("session")
	}
	return &emptypb.Empty{}, s.identity.RevokeOwn(ctx, id)
}

// RevokeAllLoginSessions ends all of the caller's sessions.
func (s Service) RevokeAllLoginSessions(ctx context.Context, in *mev1.RevokeAllLoginSessionsRequest) (*mev1.RevokeAllLoginSessionsResponse, error) {
	n, err := s.identity.RevokeAllOwn(ctx, in.GetKeepCurrent())
	if err != nil {
		return nil, err
	}
	return &mev1.RevokeAllLoginSessionsResponse{Revoked: int32(n)}, nil
}
