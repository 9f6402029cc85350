// Package bulk changes many records of a kind in the same way: those that the caller names, or all that a filter of the
// list finds. Each goes the way of a single change, with the same rules, rights and history; a refused one holds up
// none of the others.
package bulk

import (
	"context"
	"slices"
	"strconv"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/holdfast-platform/holdfast/gen/ent"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

const (
	// most is how many records one call changes, chunk how many one transaction.
	most  = 10_000
	chunk = 500
)

// Request is a request of a bulk change.
type Request interface {
	GetIds() []string
	GetFilter() *structpb.Struct
	GetExpectedTotal() int32
	GetReason() string
	GetDryRun() bool
}

// Update changes the records that the request is about, of the list's kind. set is the new values; change makes one
// record, which set names, into that, as the method for a single one does.
func Update[M proto.Message, R ent.Record](
	ctx context.Context, in Request, table *api.Table, set M, change func(context.Context, M) (R, error),
) (*typev1.BulkResult, error) {
	ids, err := chosen(ctx, in, table)
	if err != nil {
		return nil, err
	}
	if in.GetDryRun() {
		ctx = db.Discarding(ctx)
	}
	u := update[M, R]{kind: table.Kind, set: set, reason: in.GetReason(), change: change}
	out := &typev1.BulkResult{Total: int32(len(ids))}
	for {
		part := ids[:min(chunk, len(ids))]
		if ids = ids[len(part):]; len(ids) == 0 {
			ctx = db.Last(ctx) // a repeated request is answered by what this one says
		}
		var items []*typev1.BulkOutcome
		err := db.Tx(ctx, func(ctx context.Context) (err error) {
			items, err = u.some(ctx, part)
			return err
		})
		if err != nil {
			return nil, err
		}
		if out.Items = append(out.Items, items...); len(ids) == 0 {
			break
		}
	}
	for _, o := range out.Items {
		switch o.GetOutcome() {
		case "updated":
			out.Updated++
		case "unchanged":
			out.Unchanged++
		default:
			out.Refused++
		}
	}
	return out, nil
}

// chosen are the records that are to be changed, by id: two calls at once do not wait for each other in a circle.
func chosen(ctx context.Context, in Request, table *api.Table) ([]uuid.UUID, error) {
	if in.GetFilter() == nil {
		ids := make([]uuid.UUID, len(in.GetIds()))
		for i, text := range in.GetIds() {
			id, err := uuid.Parse(text)
			if err != nil {
				return nil, fault.Invalid("ids", "must be UUIDs")
			}
			ids[i] = id
		}
		slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
		return slices.Compact(ids), nil
	}
	l, err := table.Filtered(ctx, in.GetFilter())
	if err != nil {
		return nil, err
	}
	ids, err := l.IDs(ctx, most+1)
	switch {
	case err != nil:
		return nil, err
	case len(ids) > most:
		return nil, fault.Invalid("filter", "finds more than %d records", most)
	case len(ids) != int(in.GetExpectedTotal()):
		return nil, fault.Conflict("total_changed", "the filter finds another number of records than expected_total").With("total", strconv.Itoa(len(ids)))
	}
	return ids, nil
}

type update[M proto.Message, R ent.Record] struct {
	kind   string
	set    M
	reason string
	change func(context.Context, M) (R, error)
}

// some changes the records of one transaction.
func (u update[M, R]) some(ctx context.Context, ids []uuid.UUID) ([]*typev1.BulkOutcome, error) {
	out := make([]*typev1.BulkOutcome, len(ids))
	for i, id := range ids {
		o := &typev1.BulkOutcome{Id: id.String(), Outcome: "unchanged"}
		before := db.Changes(ctx)
		refused, err := db.Attempt(ctx, func(ctx context.Context) error {
			row, err := u.change(ctx, u.one(o.GetId()))
			if err == nil {
				o.Version = row.Seen()
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		if refused == nil && db.Changes(ctx) > before {
			o.Outcome = "updated"
		}
		if refused != nil {
			f := fault.Of(db.Fault(refused))
			if f == nil || f.Code() == fault.Internal {
				return nil, refused
			}
			o.Outcome, o.Version, o.Reason, o.Message, o.Fields = "refused", 0, f.Reason, f.Message, f.Fields
		}
		out[i] = o
	}
	return out, nil
}

// one is the new values with the record that they are for.
func (u update[M, R]) one(id string) M {
	set := proto.Clone(u.set).(M)
	m := set.ProtoReflect()
	for name, text := range map[protoreflect.Name]string{"id": id, "reason": u.reason} {
		if f := m.Descriptor().Fields().ByName(name); f != nil && text != "" {
			m.Set(f, protoreflect.ValueOfString(text))
		}
	}
	if f := m.Descriptor().Fields().ByName("version"); f != nil {
		m.Clear(f) // that of another record says nothing
	}
	return set
}
