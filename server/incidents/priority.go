package incidents

import (
	"context"

	"github.com/holdfast-platform/holdfast/server/internal/servicepolicy"
	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

// effectiveImpact is the impact that counts: severity critical raises the typed one to 1.
func effectiveImpact(severity string, typed int32) int32 {
	if severity == "critical" {
		return 1
	}
	return typed
}

// scales are the impact that counts and the urgency as they will be. The typed impact stays as it was typed, so that a
// lower severity brings it back.
func (x *change) scales() (impact, urgency int32, changed bool) {
	severity := "medium"
	impact, urgency = 2, 2
	b := x.before
	if b != nil {
		severity, impact, urgency = b.Severity, b.Impact, b.Urgency
	}
	if v, ok := x.m.Severity(); ok {
		severity = v
	}
	if v, ok := x.m.Impact(); ok {
		impact = v
	}
	if v, ok := x.m.Urgency(); ok {
		urgency = v
	}
	impact = effectiveImpact(severity, impact)
	if b == nil || impact != b.EffectiveImpact {
		x.m.SetEffectiveImpact(impact)
	}
	return impact, urgency, b == nil || impact != b.EffectiveImpact || urgency != b.Urgency
}

// weigh gives a new incident its priority: the matrix's, or the caller's with a reason.
func (x *change) weigh(policy *sla.Policy) {
	impact, urgency, _ := x.scales()
	matrix := policy.Priority(impact, urgency)
	wanted, ok := x.m.Priority()
	if !ok {
		wanted = matrix
	}
	x.m.SetPriority(wanted)
	x.m.SetPriorityOverridden(wanted != matrix)
	if wanted != matrix && x.in.GetReason() == "" {
		x.k.Fault("reason", "is needed for a priority other than the matrix gives")
	}
}

// reweigh gives the priority anew where something asks for it. It answers the policy in force when the priority
// changes, and nil when it stays: then the incident is judged as before.
func (x *change) reweigh(ctx context.Context) (*sla.Policy, error) {
	b := x.before
	impact, urgency, changed := x.scales()
	wanted, given := x.m.Priority()
	given = given && wanted != b.Priority // a record that was read can be sent back
	x.m.ResetPriority()
	_, back := x.m.PriorityOverridden() // null: back to the matrix
	overridden, returns := b.PriorityOverridden && !back, b.PriorityOverridden && back
	if !given && !returns && (overridden || !changed) {
		x.m.ResetPriorityOverridden()
		return nil, nil
	}
	policy, err := servicepolicy.Remembered(ctx)
	if err != nil {
		return nil, err
	}
	matrix := policy.Priority(impact, urgency)
	if !given {
		wanted = matrix
	}
	x.m.SetPriorityOverridden(wanted != matrix)
	if given && wanted != matrix && x.in.GetReason() == "" {
		x.k.Fault("reason", "is needed for a priority other than the matrix gives")
	}
	if wanted == b.Priority {
		return nil, nil
	}
	x.m.SetPriority(wanted)
	x.m.SetPolicyRevision(policy.Revision)
	return policy, nil
}
