// Package auth signs people in and out, founds tenants, and takes invitations and password resets. All of it is public;
// attempts are limited, and what must be remembered of a refused one is.
//
// Browsers keep the refresh token in a cookie that only these paths get; programs ask for it in the answer.
package auth

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	authv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// Service signs people in and out.
type Service struct{ identity *identity.Service }

// Login signs in by password.
func (s Service) Login(ctx context.Context, in *authv1.LoginRequest) (*authv1.SignIn, error) {
	ctx = s.fromBrowser(ctx)
	g, err := s.identity.Login(ctx, in.GetEmail(), in.GetPassword(), in.GetTenant())
	return s.answer(ctx, g, err, in.GetReturnRefreshToken())
}

// Register founds a tenant.
func (s Service) Register(ctx context.Context, in *authv1.RegisterRequest) (*authv1.SignIn, error) {
	g, err := s.identity.Register(ctx, identity.Founding{
		TenantName: in.GetTenantName(), FullName: in.GetFullName(), Email: in.GetEmail(), Password: in.GetPassword(),
	})
	return s.answer(ctx, g, err, in.GetReturnRefreshToken())
}

// Logout ends a session.
func (s Service) Logout(ctx context.Context, in *authv1.LogoutRequest) (*emptypb.Empty, error) {
	if err := sameOrigin(request(ctx)); err != nil {
		return nil, err
	}
	token, inBody := s.refreshToken(ctx, in.RefreshToken)
	if !inBody {
		s.setCookie(ctx, "", time.Time{})
	}
	return &emptypb.Empty{}, s.identity.Logout(ctx, token)
}

// Refresh trades a refresh token for new tokens.
func (s Service) Refresh(ctx context.Context, in *authv1.RefreshRequest) (*authv1.SignIn, error) {
	if err := sameOrigin(request(ctx)); err != nil {
		return nil, err
	}
	token, inBody := s.refreshToken(ctx, in.RefreshToken)
	g, err := s.identity.Refresh(ctx, token)
	return s.answer(ctx, g, err, inBody)
}

// CheckMethod says how addresses of a domain sign in.
func (s Service) CheckMethod(_ context.Context, in *authv1.CheckMethodRequest) (*authv1.CheckMethodResponse, error) {
	method, err := s.identity.CheckMethod(in.GetEmail())
	if err != nil {
		return nil, err
	}
	return &authv1.CheckMethodResponse{Method: method}, nil
}

// VerifyMfa takes the second factor.
func (s Service) VerifyMfa(ctx context.Context, in *authv1.VerifyMfaRequest) (*authv1.SignIn, error) {
	ctx = s.fromBrowser(ctx)
	g, err := s.identity.VerifyMfa(ctx, in.GetMfaToken(), in.GetCode())
	return s.answer(ctx, g, err, in.GetReturnRefreshToken())
}

// GetInvite shows an invitation.
func (s Service) GetInvite(ctx context.Context, in *authv1.GetInviteRequest) (*authv1.InviteOffer, error) {
	o, err := s.identity.Offer(ctx, in.GetToken())
	if err != nil {
		return nil, err
	}
	return &authv1.InviteOffer{
		Email: o.Invite.Email, TenantName: o.Tenant.Name, ExpiresAt: timestamppb.New(o.Invite.ExpiresAt), HasAccount: o.SignInFirst(),
	}, nil
}

// AcceptInvite accepts an invitation.
func (s Service) AcceptInvite(ctx context.Context, in *authv1.AcceptInviteRequest) (*authv1.SignIn, error) {
	g, err := s.identity.Accept(ctx, identity.Acceptance{
		Token: in.GetToken(), FullName: in.GetFullName(), Password: in.GetPassword(), Header: request(ctx),
	})
	return s.answer(ctx, g, err, in.GetReturnRefreshToken())
}

// RequestPasswordReset sends a link.
func (s Service) RequestPasswordReset(ctx context.Context, in *authv1.RequestPasswordResetRequest) (*authv1.RequestPasswordResetResponse, error) {
	return &authv1.RequestPasswordResetResponse{}, s.identity.RequestReset(ctx, in.GetEmail())
}

// ConfirmPasswordReset sets a new password by a link.
func (s Service) ConfirmPasswordReset(ctx context.Context, in *authv1.ConfirmPasswordResetRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, s.identity.ConfirmReset(ctx, in.GetToken(), in.GetPassword())
}

// ListMethods says which ways to sign in there are.
func (s Service) ListMethods(context.Context, *authv1.ListMethodsRequest) (*authv1.ListMethodsResponse, error) {
	out := &authv1.ListMethodsResponse{Registration: !s.identity.Restricted()}
	if !s.identity.Restricted() {
		out.Items = append(out.Items, &authv1.Method{Method: "password", Label: "Password"})
	}
	for _, p := range s.identity.Providers() {
		out.Items = append(out.Items, &authv1.Method{Method: p.Name, Label: p.Label, Url: "/api/v1/auth/" + p.Name + "/login"})
	}
	return out, nil
}

// answer shows a grant; the refresh token goes into the cookie, or into the body for those who asked for it there.
func (s Service) answer(ctx context.Context, g *identity.Grant, err error, inBody bool) (*authv1.SignIn, error) {
	if err != nil {
		return nil, err
	}
	out, err := s.identity.SignInMessage(ctx, g)
	if err != nil {
		return nil, err
	}
	switch {
	case g.Refresh == "":
	case inBody:
		out.RefreshToken = &g.Refresh
	default:
		s.setCookie(ctx, g.Refresh, g.RefreshUntil)
		known, err := s.rememberBrowser(s.fromBrowser(ctx), g)
		if err != nil {
			return nil, err
		}
		addCookie(ctx, known)
	}
	return out, nil
}
