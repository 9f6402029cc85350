package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	entgo "entgo.io/ent"
	"entgo.io/ent/dialect/sql"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
)

// Limits of lists.
const (
	DefaultPerPage = 25
	MaxPerPage     = 100
	MaxOffset      = 100_000
	CountedUpTo    = 10_000
)

// Sorts are the fields that a list may be ordered by → their columns. created_at, updated_at and, where there is one,
// number come by themselves. The key "" holds the default order; without it the newest come first. Behind a comma
// stands the column that orders those with the same value, where there is an index by both.
type Sorts map[string]string

// Listing is one page of one kind, as the request asks for it.
type Listing struct {
	kind     *ent.Kind
	page     int
	perPage  int
	walking  bool // by cursor
	total    string
	order    []key
	after    []any // the cursor's values, one per key
	filters  []func(*sql.Selector)
	find     *db.Find // q, and the facets beside it
	ranked   bool     // exact matches come first: where nobody asked for another order
	found    int64    // how many matches the page's search told of; 0 where it did not
	err      error    // of the page's search
	ctx      context.Context
	hash     string
	next     string
	filtered bool
}

type key struct {
	column string
	desc   bool
}

// List reads the request's paging, order, cursor, q, updated_since and the filters of the table: repeated ones mean any
// of. Where the list itself stands is the room's: Where. What is malformed is 400 and named.
func List(ctx context.Context, in proto.Message, t *Table) (*Listing, error) {
	k := ent.Kinds[t.Kind]
	l := &Listing{kind: k, page: 1, perPage: DefaultPerPage, ctx: ctx}
	p := planOf(in.ProtoReflect().Descriptor(), t)
	m := in.ProtoReflect()
	var cursor string
	paged := p.page != nil && m.Has(p.page)
	if paged {
		l.page = int(m.Get(p.page).Int())
	}
	if p.perPage != nil && m.Has(p.perPage) {
		l.perPage = int(m.Get(p.perPage).Int())
	}
	switch {
	case l.page < 1:
		return nil, fault.Invalid("page", "must be at least 1")
	case l.perPage < 1 || l.perPage > MaxPerPage:
		return nil, fault.Invalid("per_page", "must be from 1 to %d", MaxPerPage)
	case l.page > 1 && (l.page-1)*l.perPage > MaxOffset:
		return nil, fault.Invalid("page", "pages end after %d rows: walk by cursor", MaxOffset)
	}
	if p.cursor != nil && m.Has(p.cursor) {
		if paged {
			return nil, fault.Invalid("cursor", "not together with page")
		}
		l.walking, cursor = true, m.Get(p.cursor).String()
	}
	if p.total != nil {
		l.total = m.Get(p.total).String()
	}
	order := ""
	if p.orderBy != nil {
		order = m.Get(p.orderBy).String()
	}
	if err := l.orderBy(order, t.Sorts); err != nil {
		return nil, err
	}
	if p.q != nil {
		switch q := m.Get(p.q).String(); {
		case t.Find != nil && q != "":
			l.Where(t.Find(ctx, q)...)
		case t.Find == nil && strings.TrimSpace(q) != "":
			l.filtered = true
			if terms := searchindex.Query(q); len(terms) > 0 {
				l.find = &db.Find{Tenant: viewer.From(ctx).TenantID, Kinds: []string{k.API}, Terms: terms, Q: q, Facets: map[string][]string{}}
				l.ranked = order == "" && !l.walking
			} else {
				l.Where(func(s *sql.Selector) { s.Where(sql.False()) }) // a q without any word finds nothing
			}
		}
	}
	if p.since != nil && m.Has(p.since) {
		at := m.Get(p.since).Message().Interface().(*timestamppb.Timestamp)
		if !at.IsValid() {
			return nil, fault.Invalid("updated_since", "must be a time")
		}
		l.Where(sql.FieldGTE("updated_at", at.AsTime().UTC().Truncate(time.Microsecond)))
	}
	for _, f := range p.filters {
		if !m.Has(f.field) {
			continue
		}
		values, ok := valuesOf(f.field, m.Get(f.field))
		if !ok {
			return nil, fault.Invalid(f.Name, "must be a time")
		}
		if l.find != nil && f.facet {
			l.find.Facets[f.Column] = texts(values)
			continue
		}
		where, err := f.condition(ctx, k, values)
		if err != nil {
			return nil, err
		}
		l.Where(where)
	}
	if l.walking {
		l.hash = digest(in, p)
		if cursor != "" {
			if err := l.resume(cursor); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// Where adds a filter.
func (l *Listing) Where(ps ...func(*sql.Selector)) {
	l.filters = append(l.filters, ps...)
	l.filtered = true
}

// row is a record with what its query selects besides.
type row interface {
	ent.Record
	Value(name string) (entgo.Value, error)
}

// All runs the page's query (`db.From(ctx).Asset.Query().Where(l.Page()).All`) and cuts off the row that only told of a
// next page.
func All[R row](ctx context.Context, l *Listing, query func(context.Context) ([]R, error)) ([]R, error) {
	rows, err := query(ctx)
	if l.err != nil {
		return nil, l.err
	}
	if err != nil {
		return nil, err
	}
	if len(rows) > 0 && l.found == 0 && l.counting() {
		found, err := rows[0].Value(db.Matches)
		if err != nil {
			return nil, err
		}
		l.found = found.(int64)
	}
	if len(rows) > l.perPage {
		rows = rows[:l.perPage]
		if l.walking {
			l.next = l.cursor(rows[len(rows)-1])
		}
	}
	return rows, nil
}

// Fill writes the envelope around the items of a list answer.
func (l *Listing) Fill(ctx context.Context, out proto.Message) error {
	total, capped, err := l.count(ctx)
	if err != nil {
		return err
	}
	page, pages := l.page, int64(-1)
	if l.walking {
		page = 0
	}
	if total >= 0 {
		pages = (total + int64(l.perPage) - 1) / int64(l.perPage)
	}
	Envelope(out, total, page, l.perPage, pages, capped, l.next)
	return nil
}

// Envelope sets the fields that every list answer has beside its items.
func Envelope(out proto.Message, total int64, page, perPage int, pages int64, capped bool, next string) {
	m := out.ProtoReflect()
	for i := range m.Descriptor().Fields().Len() {
		f := m.Descriptor().Fields().Get(i)
		var v protoreflect.Value
		switch f.Name() {
		case "total":
			v = protoreflect.ValueOfInt32(int32(min(total, 1<<31-1)))
		case "page":
			v = protoreflect.ValueOfInt32(int32(page))
		case "per_page":
			v = protoreflect.ValueOfInt32(int32(perPage))
		case "pages":
			v = protoreflect.ValueOfInt32(int32(min(pages, 1<<31-1)))
		case "total_capped":
			v = protoreflect.ValueOfBool(capped)
		case "next_cursor":
			v = protoreflect.ValueOfString(next)
		default:
			continue
		}
		m.Set(f, v)
	}
}

// count is -1 where nobody asked. An unfiltered list of a caller without row scope has it from the live counter; else
// rows are counted up to a bound, unless "exact" wants all.
func (l *Listing) count(ctx context.Context) (total int64, capped bool, err error) {
	if l.total == "none" || l.walking && l.total == "" {
		return -1, false, nil
	}
	v := viewer.From(ctx)
	if l.kind.Counted && !l.filtered && !v.Scoped() && !v.Everywhere() {
		total, err = db.Total(ctx, l.kind.Name)
		return total, false, err
	}
	bound := CountedUpTo + 1
	if l.total == "exact" {
		bound = 0
	}
	switch {
	case l.found > 0:
		total = l.found
		if bound > 0 {
			total = min(total, int64(bound))
		}
	case l.find == nil:
		total, err = db.Count(ctx, l.kind.Name, bound, l.filters...)
	case len(l.filters) == 0:
		total, err = l.find.Count(ctx, bound)
	default:
		filters := append(slices.Clone(l.filters), func(s *sql.Selector) { s.Where(sql.In(s.C("id"), l.find.Rows(ctx, "record_id"))) })
		total, err = db.Count(ctx, l.kind.Name, bound, filters...)
	}
	if err == nil && bound > 0 && total == int64(bound) {
		return CountedUpTo, true, nil
	}
	return total, false, err
}

// filter is a line of a table and the field of a request that asks for it.
type filter struct {
	*Filter
	field protoreflect.FieldDescriptor
	facet bool
}

// valuesOf are the values of a request's field: texts, numbers, booleans and times; ok is false for what is no time.
func valuesOf(field protoreflect.FieldDescriptor, v protoreflect.Value) (values []any, ok bool) {
	switch {
	case field.IsList():
		values = make([]any, v.List().Len())
		for i := range values {
			values[i] = v.List().Get(i).Interface()
		}
		return values, true
	case field.Message() != nil:
		at := v.Message().Interface().(*timestamppb.Timestamp)
		return []any{at.AsTime()}, at.IsValid()
	}
	return []any{v.Interface()}, true
}

func texts(values []any) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.(string)
	}
	return out
}

func (l *Listing) String() string {
	return fmt.Sprintf("%s page %d by %v", l.kind.Name, l.page, l.order)
}
