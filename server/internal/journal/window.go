package journal

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

const (
	// perPage is how many rows a page has unless the caller says.
	perPage = 25
	// capped is how far a count goes unless the caller wants it exact.
	capped = 10_000
	// deepest is how many rows may lie before a page; beyond it the cursor is the way.
	deepest = 100_000
)

// window is the piece of a list that a request wants: a page, or what follows a cursor.
type window struct {
	page, size int
	walks      bool
	after      *place // nil at the beginning
	count      bool
	exact      bool
	bound      []byte // what the cursor belongs to
}

// place is where a walk stands: the last row that was given.
type place struct {
	Bound []byte `json:"b"`
	Seq   int64  `json:"s"`
	Key   string `json:"k,omitempty"`
}

// windowOf reads the paging fields of a list's request by their names. A cursor holds for the same filters and order only.
func windowOf(in proto.Message) (*window, error) {
	m := in.ProtoReflect()
	w := &window{page: 1, size: perPage, count: true}
	field := func(name string) (protoreflect.Value, bool) {
		f := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		if f == nil || !m.Has(f) {
			return protoreflect.Value{}, false
		}
		return m.Get(f), true
	}
	if v, ok := field("per_page"); ok {
		w.size = int(v.Int())
	}
	page, paged := field("page")
	if paged {
		w.page = int(page.Int())
	}
	cursor, walks := field("cursor")
	switch {
	case walks && paged:
		return nil, fault.Invalid("cursor", "not together with page")
	case w.size < 1 || w.size > 100:
		return nil, fault.Invalid("per_page", "must be 1 to 100")
	case w.page < 1 || (w.page-1)*w.size > deepest:
		return nil, fault.Invalid("page", "pages end at %d rows; use cursor", deepest)
	}
	total := ""
	if v, ok := field("total"); ok {
		total = v.String()
	}
	w.count, w.exact = total != "none" && (!walks || total != ""), total == "exact"
	plain := proto.Clone(in).ProtoReflect()
	for _, name := range []protoreflect.Name{"page", "per_page", "cursor", "total"} {
		if f := plain.Descriptor().Fields().ByName(name); f != nil {
			plain.Clear(f)
		}
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(plain.Interface())
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	w.bound = sum[:8]
	if w.walks = walks; walks && cursor.String() != "" {
		w.after = &place{}
		raw, err := base64.RawURLEncoding.DecodeString(cursor.String())
		if err != nil || json.Unmarshal(raw, w.after) != nil || string(w.after.Bound) != string(w.bound) {
			return nil, fault.Invalid("cursor", "is no cursor of this list")
		}
	}
	return w, nil
}

// next is the cursor after a row.
func (w *window) next(seq int64, key string) string {
	raw, err := json.Marshal(place{w.bound, seq, key})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// fill writes the envelope into a list's response; total is -1 when nothing was counted.
func (w *window) fill(out proto.Message, total int, more bool, next string) {
	m := out.ProtoReflect()
	set := func(name string, v any) {
		if f := m.Descriptor().Fields().ByName(protoreflect.Name(name)); f != nil {
			m.Set(f, protoreflect.ValueOf(v))
		}
	}
	over := total > capped && !w.exact
	if over {
		total = capped
	}
	pages := -1
	if total >= 0 {
		pages = (total + w.size - 1) / w.size
	}
	page := w.page
	if w.walks {
		page = 0
	}
	set("total", int32(total))
	set("page", int32(page))
	set("per_page", int32(w.size))
	set("pages", int32(pages))
	set("total_capped", over)
	if more {
		set("next_cursor", next)
	}
}
