package rpc

import (
	"context"
	"net/http"
	"slices"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

type authorizedKey struct{}

// Authorize decides who calls a method and whether they may, before anything looks at the message: who is not let in
// costs little, and hears that before they hear what is wrong with their request. The call that goes on with the
// context is not asked again. The error is a fault.
func (d *Door) Authorize(ctx context.Context, procedure string, header http.Header) (context.Context, error) {
	c := callOf(ctx)
	c.method = procedure[1:]
	p := d.plans[procedure]
	if p == nil {
		return nil, fault.Broken().With("procedure", procedure)
	}
	v, err := d.enter(ctx, c, p.access, header)
	if err != nil {
		f := d.faultOf(ctx, err)
		c.fault, c.code = f, connect.Code(f.Code()).String()
		return nil, f
	}
	ctx = context.WithValue(ctx, authorizedKey{}, p)
	if v == nil {
		return ctx, nil
	}
	return viewer.With(ctx, v), nil
}

// authorized tells whether the caller of this method has passed Authorize.
func authorized(ctx context.Context, p *plan) bool {
	was, _ := ctx.Value(authorizedKey{}).(*plan)
	return was == p
}

// authorizeMessage is asked by the protocol library when the headers are there and the message is not yet decoded.
func (d *Door) authorizeMessage(ctx context.Context, spec connect.Spec, _ connect.Peer, header http.Header) (context.Context, error) {
	c := callOf(ctx)
	c.method = spec.Procedure[1:]
	p := d.plans[spec.Procedure]
	if p == nil {
		return nil, d.refusal(ctx, nil, fault.Broken().With("procedure", spec.Procedure))
	}
	if authorized(ctx, p) {
		return ctx, nil
	}
	v, err := d.enter(ctx, c, p.access, header)
	if err != nil {
		return nil, d.refusal(ctx, p, err)
	}
	if v == nil {
		return ctx, nil
	}
	return viewer.With(ctx, v), nil
}

// enter is the same for every way in: limit, authenticate, authorize.
func (d *Door) enter(ctx context.Context, c *call, access *accessv1.Access, header http.Header) (*viewer.Viewer, error) {
	if access.GetPublic() {
		return nil, d.charge(ctx, c, "network:"+c.network)
	}
	v, err := d.authenticate(ctx, access, header)
	if err != nil {
		if f := fault.Of(err); f != nil && f.Status() == http.StatusUnauthorized {
			if limited := d.charge(ctx, c, "network:"+c.network); limited != nil {
				return nil, limited
			}
		}
		return nil, err
	}
	c.who = v
	d.verify(c)
	if d.limit != nil || d.tenants != nil {
		if err := d.chargeMember(ctx, c, v); err != nil {
			return nil, err
		}
	}
	if err := authorize(v, access); err != nil || !access.GetConfirmed() {
		return v, err
	}
	return v, confirmed(v, d.now(ctx))
}

// charge counts a request once, however many calls are made for it (the REST side walks a list for CSV).
func (d *Door) charge(ctx context.Context, c *call, key string) error {
	if d.limit == nil || c.charged {
		return nil
	}
	c.charged = true
	return d.limit.take(d.now(ctx), key, 1)
}

// personCalls is how many times a credential's limit a person has over all of theirs.
const personCalls = 2

// chargeMember counts a member's request by the credential, by the person and by the tenant.
func (d *Door) chargeMember(ctx context.Context, c *call, v *viewer.Viewer) error {
	if c.charged {
		return nil
	}
	now := d.now(ctx)
	if err := d.charge(ctx, c, credential(v, c)); err != nil {
		return err
	}
	c.charged = true
	if v == nil {
		return nil
	}
	if v.PersonID != uuid.Nil {
		if err := d.limit.take(now, "all:"+v.PersonID.String(), personCalls); err != nil {
			return err
		}
	}
	return d.tenants.take(now, "tenant:"+v.TenantID.String(), 1)
}

// credential is what the limit counts by.
func credential(v *viewer.Viewer, c *call) string {
	switch {
	case v == nil:
		return "network:" + c.network
	case v.TokenID != uuid.Nil:
		return "token:" + v.TokenID.String()
	case v.SessionID != uuid.Nil:
		return "session:" + v.SessionID.String()
	case v.PersonID != uuid.Nil:
		return "person:" + v.PersonID.String()
	}
	return "actor:" + v.TenantID.String() + v.Actor
}

// The headers that carry a credential, one kind each.
const (
	bearer       = "Authorization"
	provisioning = "X-Provisioning-Key"
	device       = "X-Device-Key"
	signature    = "X-Hmac-Signature"
)

// kind is the header that a rule wants its credential in.
func kind(access *accessv1.Access) string {
	switch access.GetRule().(type) {
	case *accessv1.Access_Device:
		return device
	case *accessv1.Access_Provisioning:
		return provisioning
	case *accessv1.Access_Internal:
		return signature
	}
	return bearer
}

// authenticate wants exactly one credential, of the right kind.
func (d *Door) authenticate(ctx context.Context, access *accessv1.Access, header http.Header) (*viewer.Viewer, error) {
	want := kind(access)
	for _, h := range [...]string{bearer, provisioning, device, signature} {
		values := header[h]
		given := len(values) > 1 || len(values) == 1 && values[0] != ""
		if given != (h == want) || len(values) > 1 {
			return nil, fault.Unauthenticated()
		}
	}
	if want == signature {
		return nil, nil // the signature covers the body: the route checks it
	}
	v, err := d.Auth.Authenticate(ctx, header, access)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, fault.Unauthenticated()
	}
	return v, nil
}

// authorize is wall 1. What a record rule demands is decided behind it, where the record is known.
func authorize(v *viewer.Viewer, access *accessv1.Access) error {
	switch r := access.GetRule().(type) {
	case *accessv1.Access_Permission:
		if !v.Has(r.Permission) {
			return fault.Forbidden(r.Permission)
		}
	case *accessv1.Access_PlatformAdmin:
		if v == nil || !v.Platform {
			return fault.Denied("platform_admin_only", "this is for administrators of the installation")
		}
	case *accessv1.Access_SignedIn, *accessv1.Access_Record:
		if v == nil || v.PersonID == uuid.Nil {
			return fault.Unauthenticated()
		}
	}
	if also := access.GetAlso(); also != "" && !v.Has(also) {
		return fault.Forbidden(also)
	}
	if f := access.GetFeature(); f != "" && (v == nil || !slices.Contains(v.Features, f)) {
		return fault.Denied("feature_disabled", "the feature %s is not enabled for this tenant", f).With("feature", f)
	}
	if access.GetSessionOnly() && (v == nil || v.TokenID != uuid.Nil || v.SessionID == uuid.Nil) {
		return fault.Denied("session_only", "an API token will not do here: sign in yourself")
	}
	return nil
}
