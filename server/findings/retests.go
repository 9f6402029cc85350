package findings

import (
	"context"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/predicate"
	"github.com/holdfast-platform/holdfast/gen/ent/retest"
	findingsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/findings/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/reviewer"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// outcomes are the states that a re-test's result leads to.
var outcomes = map[string]string{"fixed": resolved, "not_fixed": open, "partly": "in_progress"}

// skew is how far ahead of ours a caller's clock may be.
const skew = time.Minute

// AddRetest notes a re-test and moves the finding's status.
func (Service) AddRetest(ctx context.Context, in *findingsv1.AddRetestRequest) (*findingsv1.Retest, error) {
	ctx = clock.Still(ctx)
	row, err := hold(ctx, api.ByID(kind, in.GetId()))
	if err != nil {
		return nil, err
	}
	c, k := db.From(ctx).Retest.Create(), api.MaskOf(in)
	m := c.Mutation()
	m.SetFindingID(row.ID)
	if row.ClientID != nil {
		m.SetClientID(*row.ClientID)
	}
	m.SetAt(clock.Now(ctx))
	m.SetBy(viewer.From(ctx).PersonID)
	if err := try(ctx, m, row, in.GetRetest(), k); err != nil {
		return nil, err
	}
	made, err := c.Save(ctx)
	if err != nil {
		return nil, err
	}
	if err := settle(ctx, row, made); err != nil {
		return nil, err
	}
	return api.Answer(ctx, retests)(made, nil)
}

// try takes what the caller says of a re-test.
func try(ctx context.Context, m *ent.RetestMutation, row *ent.Finding, in *findingsv1.Retest, k *api.Mask) error {
	api.Time(k, "at", in.GetAt(), func(at time.Time) {
		if at.After(clock.Now(ctx).Add(skew)) {
			k.Fault("at", "must not be in the future")
		}
		if at.Before(row.CreatedAt.Truncate(time.Second)) {
			k.Fault("at", "must not be before the finding was made")
		}
		m.SetAt(at)
	}, func() {})
	given := false
	api.UUID(k, "by_id", in.ById, func(id uuid.UUID) { given = true; m.SetBy(id) }, func() {})
	api.Opt(k, retest.FieldNote, in.Note, m.SetNote, m.ClearNote)
	if in.GetResult() == "" {
		k.Fault(retest.FieldResult, "must not be empty")
	}
	api.Set(k, retest.FieldResult, in.GetResult(), m.SetResult)
	if err := k.Err(); err != nil || !given {
		return err
	}
	by, _ := m.By()
	if by == viewer.From(ctx).PersonID {
		return nil
	}
	may, err := reviewer.May(ctx, by)
	if err == nil && !may {
		err = fault.Invalid("by_id", "must be an active member who may lead reviews")
	}
	return err
}

// settle moves the finding to the state that the latest re-test leads to, where the taxonomy has it. One that was tried
// before the latest, and is noted after it, moves nothing.
func settle(ctx context.Context, row *ent.Finding, r *ent.Retest) error {
	later, err := db.From(ctx).Retest.Query().Where(retest.FindingID(row.ID), retest.AtGT(r.At)).Exist(ctx)
	if err != nil || later {
		return err
	}
	v, err := vocabulary.Current(ctx)
	if err != nil {
		return err
	}
	word := outcomes[r.Result]
	if word == row.RemediationStatus || !v.Active(vocabulary.RemediationStatus, word) {
		return nil
	}
	call := *viewer.CallOf(ctx)
	call.Reason = "re-test: " + r.Result
	return db.From(ctx).Finding.UpdateOneID(row.ID).SetRemediationStatus(word).ClearAcceptedUntil().Exec(viewer.WithCall(ctx, &call))
}

var retestTable = api.Declare(api.Table{
	Kind: "Retest", Request: (*findingsv1.ListRetestsRequest)(nil), Sorts: api.Sorts{"": "-" + retest.FieldAt, "at": retest.FieldAt},
})

// ListRetests answers one page of a finding's re-tests.
func (Service) ListRetests(ctx context.Context, in *findingsv1.ListRetestsRequest) (*findingsv1.ListRetestsResponse, error) {
	id, err := db.From(ctx).Finding.Query().Where(api.ByID(kind, in.GetId())).OnlyID(ctx)
	if err != nil {
		return nil, err
	}
	l, err := api.List(ctx, in, retestTable)
	if err != nil {
		return nil, err
	}
	l.Where(sql.FieldEQ(retest.FieldFindingID, id))
	rows, err := api.All(ctx, l, db.From(ctx).Retest.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := retests(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &findingsv1.ListRetestsResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// retests is what callers see of re-tests.
func retests(ctx context.Context, rows ...*ent.Retest) ([]*findingsv1.Retest, error) {
	out, refs := make([]*findingsv1.Retest, len(rows)), api.RefsOf(ctx)
	for i, r := range rows {
		by := r.By.String()
		out[i] = &findingsv1.Retest{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt), FindingId: r.FindingID.String(),
			At: api.At(r.At), ById: &by, Result: r.Result, Note: r.Note,
		}
		refs.Want(&out[i].By, "User", &r.By)
	}
	return out, refs.Load()
}

// hold reads a finding that is about to change, and keeps others from changing it until the transaction ends.
func hold(ctx context.Context, which predicate.Finding) (*ent.Finding, error) {
	return db.From(ctx).Finding.Query().Where(which, db.Locked).Only(ctx)
}
