package settings

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/invite"
	"github.com/holdfast-platform/holdfast/gen/ent/loginsession"
	"github.com/holdfast-platform/holdfast/gen/ent/notification"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/job"
)

// Works are what the settings have done by the clock.
func Works() []job.Work {
	return []job.Work{{
		Name: "settings.retention", Every: time.Hour,
		Do: func(ctx context.Context, _ json.RawMessage) error { return Retain(ctx) },
	}}
}

// batch is how many rows one transaction deletes.
const batch = 500

// Retain deletes what has been kept long enough in every tenant: notifications, spent invites, ended login sessions.
// The audit log keeps what happened.
func Retain(ctx context.Context) error {
	system := db.System(ctx, viewer.Janitor)
	tenants, err := db.From(system).Tenant.Query().IDs(system)
	if err != nil {
		return err
	}
	rows, err := db.From(system).Setting.Query().All(system)
	if err != nil {
		return err
	}
	decided := map[uuid.UUID]*ent.Setting{}
	for _, r := range rows {
		decided[r.TenantID] = r
	}
	var errs []error
	for _, t := range tenants {
		s := decided[t]
		if s == nil {
			s = &defaults
		}
		errs = append(errs, retain(system, t, s))
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

func retain(ctx context.Context, tenant uuid.UUID, s *ent.Setting) error {
	before := func(days int32) time.Time { return clock.Now(ctx).Add(-time.Duration(days) * 24 * time.Hour) }
	seen, login := before(s.RetentionNotificationDays), before(s.RetentionLoginSessionDays)
	for _, delete := range []func(context.Context) (int, error){
		func(ctx context.Context) (int, error) {
			q := db.From(ctx).Notification
			ids, err := q.Query().Where(notification.TenantID(tenant), notification.CreatedAtLT(seen)).Limit(batch).IDs(ctx)
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			return q.Delete().Where(notification.IDIn(ids...)).Exec(ctx)
		},
		func(ctx context.Context) (int, error) {
			q := db.From(ctx).Invite
			ids, err := q.Query().Where(invite.TenantID(tenant), invite.Or(invite.ExpiresAtLT(login), invite.ClaimedAtLT(login), invite.RevokedAtLT(login))).Limit(batch).IDs(ctx)
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			return q.Delete().Where(invite.IDIn(ids...)).Exec(ctx)
		},
		func(ctx context.Context) (int, error) {
			q := db.From(ctx).LoginSession
			ids, err := q.Query().Where(loginsession.ActiveTenantID(tenant), loginsession.Or(loginsession.FamilyExpiresAtLT(login), loginsession.RevokedAtLT(login))).Limit(batch).IDs(ctx)
			if err != nil || len(ids) == 0 {
				return 0, err
			}
			return q.Delete().Where(loginsession.IDIn(ids...)).Exec(ctx)
		},
	} {
		for {
			n := 0
			err := db.Tx(ctx, func(ctx context.Context) (err error) {
				n, err = delete(ctx)
				return err
			})
			if err != nil {
				return err
			}
			if n < batch {
				break
			}
		}
	}
	return nil
}
