package incidents

import (
	"context"

	"github.com/holdfast-platform/holdfast/server/internal/servicepolicy"
	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

// scales are severity, impact and urgency as they will be; severity critical raises the impact to 1.
func (x *change) scales() (impact, urgency int32, changed bool) {
	severity := "medium"
	impact, urgency = 2, 2
	if b := x.before; b != nil {
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
	if severity == "critical" && impact != 1 {
		impact = 1
		x.m.SetImpact(1)
	}
	return impact, urgency, x.before == nil || impact != x.before.Impact || urgency != x.before.Urgency
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

// reweigh gives the priority anew where something asks for it. It answers the policy in force when the priority changes, and nil when
// it stays: then the incident is judged as before.
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
