package identity

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/tenant"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// licenseAge is how old a licence message may be; from the future it may be as far.
const licenseAge = 5 * time.Minute

// LicenseSize bounds a licence message in bytes.
const LicenseSize = 64 << 10

// license is the body of POST /internal/license/refresh.
type license struct {
	TenantID  string     `json:"tenant_id"`
	Plan      string     `json:"plan"`
	Features  []string   `json:"features"`
	ExpiresAt *time.Time `json:"expires_at"`
	IssuedAt  *time.Time `json:"issued_at"`
	Nonce     string     `json:"nonce"`
}

// RefreshLicense is the webhook by which the management of licences says what a tenant may use: it activates a tenant
// that waits, and ends its grace. The body is signed (X-Hmac-Signature: sha256=<hex>), at most five minutes old, and
// good once; else it is refused by the same 401. It is closed while no secret is set.
func (s *Service) RefreshLicense(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, LicenseSize))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return fault.TooLarge("the body has more than %d bytes", LicenseSize)
	}
	if err != nil {
		return fault.Malformed("the body could not be read")
	}
	if !CheckSignature(s.cfg.LicenseSecret, body, r.Header.Get("X-Hmac-Signature")) {
		return fault.Unauthenticated()
	}
	var in license
	if err := json.Unmarshal(body, &in); err != nil {
		return fault.Malformed("the body is not the JSON of a licence")
	}
	now := clock.Now(ctx)
	if in.IssuedAt == nil || in.Nonce == "" || len(in.Nonce) > 200 || now.Sub(*in.IssuedAt).Abs() > licenseAge {
		return fault.Unauthenticated()
	}
	id, err := uuid.Parse(in.TenantID)
	if err != nil {
		return fault.Invalid("tenant_id", "must be a UUID")
	}
	features, ok := validFeatures(in.Features)
	if !ok {
		return fault.Invalid("features", "must be of %v", AllFeatures)
	}
	if len(in.Plan) > 100 {
		return fault.Invalid("plan", "must have at most 100 characters")
	}
	if in.ExpiresAt != nil {
		at := in.ExpiresAt.UTC().Truncate(time.Microsecond)
		in.ExpiresAt = &at
	}
	fresh := true
	err = s.tx(ctx, viewer.Licensor, func(ctx context.Context) error {
		var err error
		if fresh, err = markUsed(ctx, "license:"+in.Nonce, now.Add(3*licenseAge)); err != nil || !fresh {
			return err
		}
		err = s.applyLicense(acting(ctx, id, uuid.Nil, viewer.Licensor), License{Tenant: id, Plan: in.Plan, Features: features, ExpiresAt: in.ExpiresAt})
		if ent.IsNotFound(err) {
			return fault.NotFound("tenant")
		}
		return err
	})
	if err != nil {
		return err
	}
	if !fresh {
		return fault.Unauthenticated()
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Suspend stops a tenant, or lets it go on, for the administrators of the installation.
func (s *Service) Suspend(ctx context.Context, slug string, stop bool) error {
	return s.tx(ctx, viewer.Licensor, func(ctx context.Context) error {
		t, err := db.From(ctx).Tenant.Query().Where(tenant.Slug(slug)).Only(ctx)
		if err != nil {
			return db.Fault(err)
		}
		status := active
		if stop {
			status = suspended
		}
		return db.From(ctx).Tenant.UpdateOneID(t.ID).SetStatus(status).Exec(ctx)
	})
}
