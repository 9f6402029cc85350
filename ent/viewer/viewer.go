// Package viewer says who asks. It imports nothing of ours, so that every floor of the house may.
package viewer

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Viewer is a person, a program with a person's token, or a named actor, inside one tenant.
type Viewer struct {
	TenantID uuid.UUID
	// PersonID is the user; Nil for machine work that nobody asked for.
	PersonID uuid.UUID
	// ClientID limits the viewer to one client's records; Nil means unscoped.
	ClientID uuid.UUID
	// Actor is the name of machine work; empty for people.
	Actor string
	// Permissions are "resource:action"; "*" and "resource:*" are wildcards.
	Permissions []string
	// Features are the optional modules that the tenant has.
	Features []string
	// SessionID is set for a signed-in person, TokenID for an API token.
	SessionID, TokenID uuid.UUID
	// Platform is true for administrators of the whole installation.
	Platform bool
	// ConfirmedAt is when it was last proven who sits before the session; zero is never.
	ConfirmedAt time.Time

	everywhere bool
}

// Unbound tells that a permission is never held by a member who is bound to a client, whatever their groups say: those
// over people, groups, settings (others' API tokens among them), the tenant, its words and the audit log, and over
// views for everybody.
func Unbound(permission string) bool {
	family, _, _ := strings.Cut(permission, ":")
	switch family {
	case "users", "rbac", "settings", "tenant", "audit", "taxonomy", "views", "*":
		return true
	}
	return false
}

// Has tells whether the viewer holds a permission such as "assets:read"; nobody holds none.
func (v *Viewer) Has(permission string) bool {
	if v == nil || v.Scoped() && v.Actor == "" && Unbound(permission) {
		return false
	}
	for _, p := range v.Permissions {
		switch {
		case p == permission, p == "*":
			return true
		case strings.HasSuffix(p, ":*") && strings.HasPrefix(permission, p[:len(p)-1]):
			return true
		}
	}
	return false
}

// ProofLife is how long a proof of who sits before a session counts.
const ProofLife = 15 * time.Minute

// Confirmed is true for a signed-in person who has proven lately to be there.
func (v *Viewer) Confirmed(now time.Time) bool {
	return v != nil && v.SessionID != uuid.Nil && v.TokenID == uuid.Nil && !v.ConfirmedAt.IsZero() && now.Before(v.ConfirmedAt.Add(ProofLife))
}

// Machine is true for machine work.
func (v *Viewer) Machine() bool { return v != nil && v.Actor != "" }

// Everywhere is true for the few named actors that work over all tenants.
func (v *Viewer) Everywhere() bool { return v != nil && v.everywhere }

// Scoped is true for a member who sees one client's records only.
func (v *Viewer) Scoped() bool { return v != nil && v.ClientID != uuid.Nil }

type viewerKey struct{}

// With puts a viewer into the context.
func With(ctx context.Context, v *Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// From is nil for nobody.
func From(ctx context.Context) *Viewer {
	v, _ := ctx.Value(viewerKey{}).(*Viewer)
	return v
}

// Call is what the journal notes about the request that a change came with.
type Call struct {
	RequestID, IP, UserAgent string
	// Reason is why the caller wants the change, where they said so.
	Reason string
}

type callKey struct{}

// WithCall puts the request's notes into the context.
func WithCall(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallOf is never nil; outside of a request it is empty.
func CallOf(ctx context.Context) *Call {
	if c, _ := ctx.Value(callKey{}).(*Call); c != nil {
		return c
	}
	return &Call{}
}
