package findings

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/finding"
	"github.com/holdfast-platform/holdfast/gen/ent/session"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/job"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// ahead is how long before its end people are told of an acceptance.
const ahead = 7 * 24 * time.Hour

// expiring is the event that tells them.
const expiring = "finding.acceptance_expiring"

// Works are what happens to findings by the clock: the end of an acceptance, and the word about it a week before.
func Works() []job.Work {
	return []job.Work{{
		Name:  "findings.acceptance",
		Every: 10 * time.Second,
		Due: func(ctx context.Context) (bool, error) {
			ctx = db.System(ctx, viewer.AcceptanceWatch)
			return db.From(ctx).Finding.Query().Where(finding.AcceptedUntilLTE(clock.Now(ctx))).Exist(ctx)
		},
		Do: func(ctx context.Context, _ json.RawMessage) error { return Reopen(ctx) },
	}, {
		Name:  "findings.acceptance_expiring",
		Every: time.Hour,
		Do:    func(ctx context.Context, _ json.RawMessage) error { return Warn(ctx) },
	}}
}

// Reopen ends every acceptance, of all tenants, whose time is over.
func Reopen(ctx context.Context) error {
	return sweep(ctx, time.Time{}, clock.Now(ctx), reopen)
}

// Warn tells of every acceptance, of all tenants, that ends within a week, once each.
func Warn(ctx context.Context) error {
	now := clock.Now(ctx)
	return sweep(ctx, now, now.Add(ahead), warn)
}

// sweep looks after the findings whose acceptance ends after one time and not after another. Each is a transaction of
// its own: what fails does not hold up the others, and is tried again the next time.
func sweep(ctx context.Context, after, until time.Time, do func(context.Context, *ent.Finding) error) error {
	var errs []error
	var last uuid.UUID
	for {
		system := db.System(ctx, viewer.AcceptanceWatch)
		rows, err := db.From(system).Finding.Query().
			Where(finding.AcceptedUntilGT(after), finding.AcceptedUntilLTE(until), finding.IDGT(last)).
			Order(finding.ByID()).Limit(batch).Select(finding.FieldID, finding.FieldTenantID).All(system)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, r := range rows {
			last = r.ID
			in := clock.Still(viewer.In(ctx, r.TenantID, viewer.AcceptanceClock))
			errs = append(errs, db.Tx(in, func(ctx context.Context) error {
				row, err := hold(ctx, finding.ID(r.ID))
				if ent.IsNotFound(err) {
					return nil
				}
				// somebody was here before
				if err != nil || row.AcceptedUntil == nil || !row.AcceptedUntil.After(after) || row.AcceptedUntil.After(until) {
					return err
				}
				return do(ctx, row)
			}))
			if ctx.Err() != nil {
				return errors.Join(append(errs, ctx.Err())...)
			}
		}
		if len(rows) < batch {
			return errors.Join(errs...)
		}
	}
}

// reopen ends the acceptance of one finding.
func reopen(ctx context.Context, row *ent.Finding) error {
	u := db.From(ctx).Finding.UpdateOneID(row.ID).ClearAcceptedUntil()
	if row.RemediationStatus == accepted {
		v, err := vocabulary.Current(ctx)
		if err != nil {
			return err
		}
		word := open
		if active := v.Words(vocabulary.RemediationStatus); !v.Active(vocabulary.RemediationStatus, open) && len(active) > 0 {
			word = active[0]
		}
		u.SetRemediationStatus(word)
	}
	return u.Exec(viewer.WithCall(ctx, &viewer.Call{Reason: "the risk was accepted until " + row.AcceptedUntil.UTC().Format(time.RFC3339)}))
}

// warn tells of one acceptance, unless that was done: the history knows. It names the session's reviewer, who may not
// watch the finding.
func warn(ctx context.Context, row *ent.Finding) error {
	ends, err := json.Marshal(row.AcceptedUntil.UTC())
	if err != nil {
		return err
	}
	told, err := wasTold(ctx, row, ends)
	if err != nil || told {
		return err
	}
	review, err := db.From(ctx).Session.Query().Where(session.ID(row.SessionID)).Only(ctx)
	if err != nil {
		return err
	}
	lead, err := json.Marshal(review.ReviewerID)
	if err != nil {
		return err
	}
	none := json.RawMessage("null")
	return db.Note(ctx, db.Event{
		Action: expiring, Kind: ent.Kinds[kind].API, RecordID: row.ID, Label: row.Title, Number: row.Number, ClientID: row.ClientID, Internal: true,
		Changes: map[string]db.Values{"ends_at": {Old: none, New: ends}, "lead": {Old: none, New: lead}},
	})
}

// wasTold tells whether the history has the event about this end.
func wasTold(ctx context.Context, row *ent.Finding, ends json.RawMessage) (bool, error) {
	rows, err := db.SQL(ctx).QueryContext(ctx, `SELECT changes FROM journal WHERE tenant_id = $1 AND record_id = $2 AND kind = 'finding' AND action = $3`,
		row.TenantID, row.ID, expiring)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		var changes map[string]db.Values
		if err := rows.Scan(&text); err != nil {
			return false, err
		}
		if err := json.Unmarshal([]byte(text), &changes); err != nil {
			return false, err
		}
		if string(changes["ends_at"].New) == string(ends) {
			return true, nil
		}
	}
	return false, rows.Err()
}
