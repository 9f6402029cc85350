package findings

import (
	"context"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/finding"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// The states that rules speak of. A tenant's taxonomy may lack them: then the rules rest.
const (
	open     = "open"
	resolved = "resolved"
	accepted = "accepted_risk"
)

// accept holds the rules of living with a risk: accepting it, and setting or moving the date until which it is
// accepted, needs a reason; the date lies ahead and goes with the state; another state ends it.
func accept(ctx context.Context, m *ent.FindingMutation) error {
	status, moved := m.RemediationStatus()
	until, dated := m.AcceptedUntil()
	if !moved && !dated {
		return nil
	}
	var before ent.Finding
	before.RemediationStatus = open
	if !m.Op().Is(ent.OpCreate) {
		var err error
		if before.RemediationStatus, err = m.OldRemediationStatus(ctx); err != nil {
			return err
		}
		if before.AcceptedUntil, err = m.OldAcceptedUntil(ctx); err != nil {
			return err
		}
	}
	if !moved {
		status = before.RemediationStatus
	}
	moved = status != before.RemediationStatus
	dated = dated && (before.AcceptedUntil == nil || !before.AcceptedUntil.Truncate(time.Microsecond).Equal(until))
	v, err := vocabulary.Current(ctx)
	if err != nil {
		return err
	}
	known := v.Active(vocabulary.RemediationStatus, accepted)
	switch {
	case dated && !until.After(clock.Now(ctx)):
		return fault.Invalid(finding.FieldAcceptedUntil, "must be in the future")
	case dated && known && status != accepted:
		return fault.Invalid(finding.FieldAcceptedUntil, "goes with the remediation_status %s only", accepted)
	case (dated || moved && status == accepted) && viewer.CallOf(ctx).Reason == "":
		return fault.Invalid("reason", "must not be empty when a risk is accepted")
	case moved && status != accepted && known && !dated && before.AcceptedUntil != nil:
		m.ClearAcceptedUntil()
	}
	return nil
}
