package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// plan is what List knows of a request type; made once per type.
type plan struct {
	page, perPage, orderBy, q, cursor, total, since, full protoreflect.FieldDescriptor
	filters                                               []filter
}

var plans sync.Map // by table

func planOf(d protoreflect.MessageDescriptor, t *Table) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{}
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		switch f.Name() {
		case "page":
			p.page = f
		case "per_page":
			p.perPage = f
		case "order_by":
			p.orderBy = f
		case "q":
			p.q = f
		case "cursor":
			p.cursor = f
		case "total":
			p.total = f
		case "full":
			p.full = f
		case "updated_since":
			p.since = f
		default:
			if line := t.filter(string(f.Name())); line != nil {
				p.filters = append(p.filters, filter{line, f, f.IsList() && line.Match == AnyOf && slices.Contains(ent.Kinds[t.Kind].Facets, line.Column)})
			}
		}
	}
	plans.Store(t, p)
	return p
}

// digest binds a cursor to filter and order: everything in the request but the place in it.
func digest(in proto.Message, p *plan) string {
	bound := proto.Clone(in)
	m := bound.ProtoReflect()
	for _, f := range []protoreflect.FieldDescriptor{p.page, p.perPage, p.cursor, p.total, p.full} {
		if f != nil {
			m.Clear(f)
		}
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(bound)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:8])
}

// place is a cursor's content.
type place struct {
	Hash   string `json:"h"`
	Values []any  `json:"v"`
}

// cursor says where a row is in the order.
func (l *Listing) cursor(r ent.Record) string {
	p := place{Hash: l.hash}
	for _, k := range l.order {
		v := pointed(r.Column(k.column))
		if t, ok := v.(time.Time); ok {
			v = t.UTC().Format(time.RFC3339Nano)
		}
		p.Values = append(p.Values, v)
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func pointed(v any) any {
	switch x := v.(type) {
	case *string:
		if x == nil {
			return nil
		}
		return *x
	case *time.Time:
		if x == nil {
			return nil
		}
		return *x
	case *uuid.UUID:
		if x == nil {
			return nil
		}
		return *x
	case *float64:
		if x == nil {
			return nil
		}
		return *x
	case *int32:
		if x == nil {
			return nil
		}
		return *x
	}
	return v
}

// resume reads a cursor. One of another filter or order, or one that is no cursor, is 400.
func (l *Listing) resume(text string) error {
	wrong := fault.Invalid("cursor", "is not one of this list, its filter and its order")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	var p place
	if err != nil || json.Unmarshal(raw, &p) != nil || p.Hash != l.hash || len(p.Values) != len(l.order) {
		return wrong
	}
	l.after = make([]any, len(p.Values))
	for i, k := range l.order {
		v, ok := typed(p.Values[i], l.kind.Columns[k.column])
		if !ok || v == nil && !l.kind.Nullable[k.column] {
			return wrong
		}
		l.after[i] = v
	}
	return nil
}

// typed is a JSON value as the column's type.
func typed(v any, kind string) (any, bool) {
	if v == nil {
		return nil, true
	}
	switch kind {
	case "uuid.UUID":
		text, _ := v.(string)
		id, err := uuid.Parse(text)
		return id, err == nil
	case "time.Time":
		text, _ := v.(string)
		at, err := time.Parse(time.RFC3339Nano, text)
		return at.UTC(), err == nil
	case "string":
		text, ok := v.(string)
		return text, ok
	case "bool":
		b, ok := v.(bool)
		return b, ok
	case "int32", "int64":
		n, ok := v.(float64)
		return int64(n), ok && n == math.Trunc(n) && math.Abs(n) < 1<<53
	case "float64":
		n, ok := v.(float64)
		return n, ok
	}
	return nil, false
}
