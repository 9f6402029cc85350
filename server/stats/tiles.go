package stats

import (
	"context"
	"slices"
	"time"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/asset"
	"github.com/holdfast-platform/holdfast/gen/ent/finding"
	"github.com/holdfast-platform/holdfast/gen/ent/incident"
	"github.com/holdfast-platform/holdfast/gen/ent/session"
	"github.com/holdfast-platform/holdfast/server/internal/flow"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

const (
	day = 24 * time.Hour
	// soon is how near a breach is that is about to come.
	soon = 4 * time.Hour
	// expiring is how near the end of a risk acceptance is that should be thought about.
	expiring = 30 * day
)

func (b *board) incidents(ctx context.Context) error {
	type row struct {
		Status                                                                string
		Priority                                                              int32
		N, Mine, Unassigned, Major, Breached, Soon, Today, Week, Month, Older int
	}
	var rows []row
	created := func(from, until time.Duration) string {
		condition := "created_at < " + at(b.now.Add(-until))
		if from > 0 {
			condition = "created_at >= " + at(b.now.Add(-from))
			if until > 0 {
				condition += " AND created_at < " + at(b.now.Add(-until))
			}
		}
		return condition
	}
	past := func(due string) string { return "(" + due + " IS NOT NULL AND " + due + " <= " + at(b.now) + ")" }
	late := "(response_breached OR resolve_breached OR status = 'new' AND " + past("response_due_at") + " OR " + past("resolve_due_at") + ")"
	err := b.client.Incident.Query().Where(incident.StatusIn(flow.OpenIncident...)).GroupBy(incident.FieldStatus, incident.FieldPriority).Aggregate(
		ent.As(ent.Count(), "n"),
		when("mine", "assignee_id = "+id(b.me)),
		when("unassigned", "assignee_id IS NULL"),
		when("major", "is_major"),
		when("breached", late),
		when("soon", "NOT "+late+" AND resolve_due_at < "+at(b.now.Add(soon))),
		when("today", created(day, 0)), when("week", created(7*day, day)), when("month", created(30*day, 7*day)), when("older", created(0, 30*day)),
	).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	show := func(key string, of func(row) int, filter ...string) {
		b.add("incidents."+key, total(rows, of), "incidents", append([]string{"open", "true"}, filter...)...)
	}
	show("open", func(r row) int { return r.N })
	show("open.mine", func(r row) int { return r.Mine }, "assignee_id", b.me.String())
	show("open.unassigned", func(r row) int { return r.Unassigned }, "assigned", "false")
	show("open.major", func(r row) int { return r.Major }, "is_major", "true")
	show("open.breached", func(r row) int { return r.Breached }, "breached", "true")
	show("open.due_soon", func(r row) int { return r.Soon }, "breached", "false", "due_before", stamp(b.now.Add(soon)))
	for _, s := range flow.OpenIncident {
		n := total(rows, func(r row) int { return only(r.Status == s, r.N) })
		b.add("incidents.status."+s, n, "incidents", "status", s)
	}
	for p := int32(1); p <= 5; p++ {
		show("open.priority."+number(p), func(r row) int { return only(r.Priority == p, r.N) }, "priority", number(p))
	}
	show("open.age.day", func(r row) int { return r.Today }, "created_from", stamp(b.now.Add(-day)))
	show("open.age.week", func(r row) int { return r.Week }, "created_from", stamp(b.now.Add(-7*day)), "created_until", stamp(b.now.Add(-day)))
	show("open.age.month", func(r row) int { return r.Month }, "created_from", stamp(b.now.Add(-30*day)), "created_until", stamp(b.now.Add(-7*day)))
	show("open.age.older", func(r row) int { return r.Older }, "created_until", stamp(b.now.Add(-30*day)))
	return nil
}

// settled are the words for findings that nobody has to work on any more.
var settled = []string{"resolved", "accepted_risk", "false_positive"}

// inUse are the words of a domain that can be set, and then those that records have from before.
func inUse[R any](v *vocabulary.Version, d vocabulary.Domain, rows []R, of func(R) string) []string {
	all, old := v.Words(d), []string(nil)
	for _, r := range rows {
		if w := of(r); !slices.Contains(all, w) && !slices.Contains(old, w) {
			old = append(old, w)
		}
	}
	slices.Sort(old)
	return append(all, old...)
}

func (b *board) findings(ctx context.Context) error {
	type row struct {
		RiskLevel         string `json:"risk_level"`
		RemediationStatus string `json:"remediation_status"`
		N, Mine, Overdue  int
		Expiring          int
	}
	var rows []row
	err := b.client.Finding.Query().GroupBy(finding.FieldRiskLevel, finding.FieldRemediationStatus).Aggregate(
		ent.As(ent.Count(), "n"),
		when("mine", "assignee_id = "+id(b.me)),
		when("overdue", "due_at < "+at(b.now)),
		when("expiring", "accepted_until < "+at(b.now.Add(expiring))),
	).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	words, err := vocabulary.Current(ctx)
	if err != nil {
		return err
	}
	statuses := inUse(words, vocabulary.RemediationStatus, rows, func(r row) string { return r.RemediationStatus })
	unsettled := slices.DeleteFunc(slices.Clone(statuses), func(w string) bool { return slices.Contains(settled, w) })
	open := func(r row) bool { return slices.Contains(unsettled, r.RemediationStatus) }
	show := func(key string, of func(row) int, filter ...string) {
		b.add("findings."+key, total(rows, func(r row) int { return only(open(r), of(r)) }), "findings",
			append(anyOf(finding.FieldRemediationStatus, unsettled), filter...)...)
	}
	show("open", func(r row) int { return r.N })
	show("open.mine", func(r row) int { return r.Mine }, finding.FieldAssigneeID, b.me.String())
	show("open.overdue", func(r row) int { return r.Overdue }, "due_before", stamp(b.now))
	for _, w := range inUse(words, vocabulary.RiskLevel, rows, func(r row) string { return r.RiskLevel }) {
		show("open.risk_level."+w, func(r row) int { return only(r.RiskLevel == w, r.N) }, finding.FieldRiskLevel, w)
	}
	for _, w := range statuses {
		n := total(rows, func(r row) int { return only(r.RemediationStatus == w, r.N) })
		b.add("findings.remediation_status."+w, n, "findings", finding.FieldRemediationStatus, w)
	}
	b.add("findings.accepted.expiring", total(rows, func(r row) int { return r.Expiring }), "findings", "accepted_before", stamp(b.now.Add(expiring)))
	return nil
}

func (b *board) sessions(ctx context.Context) error {
	type row struct {
		Status  string
		N, Mine int
	}
	var rows []row
	err := b.client.Session.Query().GroupBy(session.FieldStatus).Aggregate(
		ent.As(ent.Count(), "n"), when("mine", "reviewer_id = "+id(b.me)),
	).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	words, err := vocabulary.Current(ctx)
	if err != nil {
		return err
	}
	for _, w := range inUse(words, vocabulary.SessionStatus, rows, func(r row) string { return r.Status }) {
		b.add("sessions.status."+w, total(rows, func(r row) int { return only(r.Status == w, r.N) }), "sessions", session.FieldStatus, w)
	}
	b.add("sessions.mine", total(rows, func(r row) int { return r.Mine }), "sessions", session.FieldReviewerID, b.me.String())
	return nil
}

func (b *board) assets(ctx context.Context) error {
	type row struct {
		AssetType string `json:"asset_type"`
		Lifecycle string
		N         int
	}
	var rows []row
	err := b.client.Asset.Query().GroupBy(asset.FieldAssetType, asset.FieldLifecycle).Aggregate(ent.As(ent.Count(), "n")).Scan(ctx, &rows)
	if err != nil {
		return err
	}
	b.add("assets", total(rows, func(r row) int { return r.N }), "assets")
	for _, w := range []string{"planned", "active", "decommissioned"} {
		b.add("assets.lifecycle."+w, total(rows, func(r row) int { return only(r.Lifecycle == w, r.N) }), "assets", asset.FieldLifecycle, w)
	}
	words, err := vocabulary.Current(ctx)
	if err != nil {
		return err
	}
	for _, w := range inUse(words, vocabulary.AssetType, rows, func(r row) string { return r.AssetType }) {
		// of twenty kinds most have none
		if n := total(rows, func(r row) int { return only(r.AssetType == w, r.N) }); n > 0 {
			b.add("assets.asset_type."+w, n, "assets", asset.FieldAssetType, w)
		}
	}
	return nil
}

func (b *board) sites(ctx context.Context) error {
	n, err := b.client.Site.Query().Count(ctx)
	if err == nil {
		b.add("sites", n, "sites")
	}
	return err
}

func (b *board) clients(ctx context.Context) error {
	n, err := b.client.Customer.Query().Count(ctx)
	if err == nil {
		b.add("clients", n, "clients")
	}
	return err
}

func only(ok bool, n int) int {
	if ok {
		return n
	}
	return 0
}
