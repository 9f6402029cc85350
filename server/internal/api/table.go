package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqljson"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/gen/ent"
	entlink "github.com/holdfast-platform/holdfast/gen/ent/link"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
)

// Table says what a list can be filtered and ordered by. The list itself, saved views, bulk changes and CSV all go by
// it.
type Table struct {
	// Kind is ent's name of what the list has.
	Kind string
	// Word is the list's in addresses, where the kind has another.
	Word string
	// Request is the type of the list's request: every field of it from number 10 on is a filter of this table, or
	// Beside.
	Request proto.Message
	// Item is the type of the list's items where saved views may name its fields as columns; nil for lists without
	// views.
	Item    proto.Message
	Filters []Filter
	Sorts   Sorts
	// Beside are fields of the request that the room reads by itself: where the list stands, not which of its rows are
	// wanted.
	Beside []string
	// Find answers q for kinds that full text does not find.
	Find func(ctx context.Context, q string) []func(*sql.Selector)
}

// Match is how a filter compares.
type Match int

// The ways of comparing.
const (
	AnyOf   Match = iota // the column has one of the values
	Since                // the column's time is this or later
	Before               // the column's time is earlier
	Present              // whether the column has a value
	Having               // the column's list has one of the values
	Linked               // a link of a type leads to one of the records
	Named                // a condition that has no column
)

// Filter is one line of a table.
type Filter struct {
	// Name is what the request calls it.
	Name  string
	Match Match
	// Column is compared; the one of the filter's name where it is empty.
	Column string
	// Form writes a value as it is stored.
	Form func(string) string
	// Folded compares texts whatever their case, by the column's shadow.
	Folded bool
	// Link is the type of link, and To the kind that it leads to, as the API names it.
	Link, To string
	// Where is a condition by name. It is about now: nothing can be asked by it as of another instant.
	Where func(ctx context.Context, values []any) func(*sql.Selector)
}

// Columns are filters by columns of the same name.
func Columns(names ...string) []Filter {
	out := make([]Filter, len(names))
	for i, name := range names {
		out[i] = Filter{Name: name}
	}
	return out
}

// Folded are filters by columns of the same name, whatever the case of the text.
func Folded(names ...string) []Filter {
	out := Columns(names...)
	for i := range out {
		out[i].Folded = true
	}
	return out
}

// Filters strings parts of a table together.
func Filters(parts ...any) (out []Filter) {
	for _, p := range parts {
		switch p := p.(type) {
		case Filter:
			out = append(out, p)
		case []Filter:
			out = append(out, p...)
		default:
			panic(fmt.Sprintf("api: %T is no filter", p))
		}
	}
	return out
}

// Either is a condition by name that is asked for or against.
func Either(name string, where func(context.Context) func(*sql.Selector)) Filter {
	return Filter{Name: name, Match: Named, Where: func(ctx context.Context, values []any) func(*sql.Selector) {
		return whether(where(ctx), values[0])
	}}
}

func whether(p func(*sql.Selector), yes any) func(*sql.Selector) {
	if yes == true {
		return p
	}
	return sql.NotPredicates(p)
}

var tables sync.Map // by the full name of the request

// Declare checks a room's table and makes it known. It is called while the program starts, so what is wrong ends every
// program and test: a filter without a column, a field of the request that nobody reads, an order by nothing.
func Declare(t Table) *Table {
	k, d := ent.Kinds[t.Kind], t.Request.ProtoReflect().Descriptor()
	wrong := func(format string, args ...any) {
		panic("api: " + string(d.Name()) + ": " + fmt.Sprintf(format, args...))
	}
	if k == nil {
		wrong("no kind is called %q", t.Kind)
	}
	for i := range t.Filters {
		f := &t.Filters[i]
		if f.Column == "" {
			f.Column = f.Name
		}
		switch f.Match {
		case Linked:
			if f.Link == "" || f.To == "" {
				wrong("%s follows no link", f.Name)
			}
		case Named:
			if f.Where == nil {
				wrong("%s has no condition", f.Name)
			}
		default:
			if k.Columns[f.Column] == "" || f.Folded && !slices.Contains(k.Folded, f.Column) {
				wrong("%s compares no column", f.Name)
			}
		}
		if field := d.Fields().ByName(protoreflect.Name(f.Name)); field == nil || field.Number() < 10 {
			wrong("no field %s, from number 10 on", f.Name)
		}
	}
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if name := string(f.Name()); f.Number() >= 10 && t.filter(name) == nil && !slices.Contains(t.Beside, name) {
			wrong("%s is neither a filter nor beside", name)
		}
	}
	for name, columns := range t.Sorts {
		for column := range strings.SplitSeq(columns, ",") {
			if name != "" && k.Columns[column] == "" {
				wrong("no column to order by %s", name)
			}
		}
	}
	if t.Find == nil && !k.Searched && d.Fields().ByName("q") != nil {
		wrong("nothing answers q")
	}
	tables.Store(d.FullName(), &t)
	return &t
}

// Tables are all that have been declared.
func Tables() (out []*Table) {
	tables.Range(func(_, t any) bool {
		out = append(out, t.(*Table))
		return true
	})
	return out
}

// TableOf is the table of the list of a kind that views and bulk changes go by; nil for none.
func TableOf(kind string) *Table {
	for _, t := range Tables() {
		if t.Kind == kind && t.Item != nil {
			return t
		}
	}
	return nil
}

func kindOf(t *Table) *ent.Kind { return ent.Kinds[t.Kind] }

// TableFor is the table of the list with a word of addresses, such as "assets"; nil for none that has views.
func TableFor(word string) *Table {
	for _, t := range Tables() {
		if t.Item != nil && (t.Word == word || t.Word == "" && ent.Kinds[t.Kind].Word == word) {
			return t
		}
	}
	return nil
}

func (t *Table) filter(name string) *Filter {
	for i := range t.Filters {
		if t.Filters[i].Name == name {
			return &t.Filters[i]
		}
	}
	return nil
}

// condition is the filter over values of a request's field.
func (f *Filter) condition(ctx context.Context, k *ent.Kind, values []any) (func(*sql.Selector), error) {
	for i, v := range values {
		switch v := v.(type) {
		case string:
			if f.Form != nil {
				v = f.Form(v)
				values[i] = v
			}
			if number := f.Match == AnyOf && k.Columns[f.Column] == "int64"; number {
				_, n, ok := db.ParseID(k.Name, v)
				if !ok {
					return nil, fault.Invalid(f.Name, "must be numbers such as %s-1", k.Prefix)
				}
				values[i] = n
				continue
			}
			if f.Match == Linked || f.Match != Named && k.Columns[f.Column] == "uuid.UUID" {
				id, err := uuid.Parse(v)
				if err != nil {
					return nil, fault.Invalid(f.Name, "must be a UUID")
				}
				values[i] = id
			}
		case time.Time:
			values[i] = v.UTC().Truncate(time.Microsecond)
		}
	}
	switch f.Match {
	case Since:
		return sql.FieldGTE(f.Column, values[0]), nil
	case Before:
		return sql.FieldLT(f.Column, values[0]), nil
	case Present:
		return whether(sql.FieldNotNull(f.Column), values[0]), nil
	case Having:
		return having(f.Column, values), nil
	case Linked:
		return linked(k.API, f.Link, f.To, values), nil
	case Named:
		return f.Where(ctx, values), nil
	}
	column := f.Column
	if f.Folded {
		column += "_fold"
		for i, v := range values {
			values[i] = searchindex.Fold(v.(string))
		}
	}
	if len(values) == 1 {
		return sql.FieldEQ(column, values[0]), nil
	}
	return sql.FieldIn(column, values...), nil
}

// having is true for rows of which the list has any of these values.
func having(column string, values []any) func(*sql.Selector) {
	return func(s *sql.Selector) {
		either := make([]*sql.Predicate, len(values))
		for i, v := range values {
			either[i] = sqljson.ValueContains(s.C(column), v)
		}
		s.Where(sql.Or(either...))
	}
}

// linked is true for rows that a link leads from to one of the records.
func linked(kind, link, to string, ids []any) func(*sql.Selector) {
	return func(s *sql.Selector) {
		l := sql.Dialect(s.Dialect()).Select().From(sql.Table(entlink.Table))
		l.Select(l.C("from_id")).Where(sql.And(
			sql.ColumnsEQ(l.C("tenant_id"), s.C("tenant_id")), sql.EQ(l.C("from_kind"), kind), sql.EQ(l.C("to_kind"), to),
			sql.EQ(l.C("type"), link), sql.In(l.C("to_id"), ids...),
		))
		s.Where(sql.In(s.C("id"), l))
	}
}
