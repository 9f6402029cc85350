package journal

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
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

// windowOf reads the paging fields of a list's request by their names. A cursor holds for the same filters and order
// only.
func windowOf(in proto.Message) (*window, error) {
	m := in.ProtoReflect()
	w := &window{page: 1, size: api.DefaultPerPage, count: true}
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
	case w.page < 1:
		return nil, fault.Invalid("page", "must be at least 1")
	case w.size < 1 || w.size > api.MaxPerPage:
		return nil, fault.Invalid("per_page", "must be from 1 to %d", api.MaxPerPage)
	case w.page > 1 && (w.page-1)*w.size > api.MaxOffset:
		return nil, fault.Invalid("page", "pages end after %d rows: walk by cursor", api.MaxOffset)
	}
	total := ""
	if v, ok := field("total"); ok {
		total = v.String()
	}
	w.count, w.exact = total != "none" && (!walks || total != ""), total == "exact"
	plain := proto.Clone(in).ProtoReflect()
	for _, name := range []protoreflect.Name{"page", "per_page", "cursor", "total", "full"} {
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
			return nil, fault.Invalid("cursor", "is not one of this list, its filter and its order")
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
	page, pages, over := w.page, -1, total > api.CountedUpTo && !w.exact
	if over {
		total = api.CountedUpTo
	}
	if total >= 0 {
		pages = (total + w.size - 1) / w.size
	}
	if w.walks {
		page = 0
	}
	if !w.walks || !more {
		next = ""
	}
	api.Envelope(out, int64(total), page, w.size, int64(pages), over, next)
}
