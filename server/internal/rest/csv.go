package rest

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/export"
)

// listing is what makes a GET a list, which can be had as a table too.
type listing struct {
	items protoreflect.FieldDescriptor // of the answer
	row   *plan
	next  protoreflect.FieldDescriptor // next_cursor, nil where all comes at once
	shown []*fieldPlan                 // of the row: the columns

	page, perPage, cur, totals, full protoreflect.FieldDescriptor // of the request
}

// perCall is how many rows one call of the walk asks for.
const perCall = 100

// listingOf is nil where the answer is no list.
func listingOf(r *route) *listing {
	if r.method != http.MethodGet {
		return nil
	}
	in, out := r.rpc.Input().Fields(), r.rpc.Output().Fields()
	l := &listing{items: out.ByName("items")}
	if l.items == nil || !l.items.IsList() || l.items.Message() == nil {
		return nil
	}
	l.row = planOf(l.items.Message())
	if l.row.special != nil {
		return nil
	}
	for _, f := range l.row.shown {
		if f.name() != api.TruncatedFields { // a table has all texts whole
			l.shown = append(l.shown, f)
		}
	}
	l.full = in.ByName("full")
	l.page, l.perPage, l.totals = in.ByName("page"), in.ByName("per_page"), in.ByName("total")
	if l.next, l.cur = out.ByName("next_cursor"), in.ByName("cursor"); l.next == nil || l.cur == nil {
		l.next, l.cur = nil, nil
	}
	return l
}

// header is the table's first row: the names of the fields.
func (l *listing) header() []string {
	names := make([]string, 0, len(l.shown))
	for _, f := range l.shown {
		names = append(names, f.name())
	}
	return names
}

// cells writes one record. One that stands for another is shown by its label, lists of words with semicolons between,
// the rest as JSON.
func (l *listing) cells(row []string, m protoreflect.Message) ([]string, error) {
	row = row[:0]
	for _, f := range l.shown {
		cell, err := f.cell(m)
		if err != nil {
			return nil, err
		}
		row = append(row, cell)
	}
	return row, nil
}

func (f *fieldPlan) cell(m protoreflect.Message) (string, error) {
	if f.presence && !m.Has(f.fd) {
		return "", nil
	}
	v := m.Get(f.fd)
	switch {
	case f.mapValue == nil && f.message == nil && f.fd.IsList():
		words := make([]string, v.List().Len())
		for i := range words {
			words[i] = f.word(v.List().Get(i))
		}
		return strings.Join(words, ";"), nil
	case f.mapValue == nil && f.message == nil:
		return f.word(v), nil
	case f.message != nil && !f.fd.IsList() && (f.fd.Message().FullName() == "holdfast.type.v1.Ref" || f.fd.Message().FullName() == "holdfast.type.v1.Word"):
		ref := v.Message()
		return ref.Get(ref.Descriptor().Fields().ByName("label")).String(), nil
	}
	b, err := f.appendValue(nil, m)
	if err != nil {
		return "", err
	}
	if f.message != nil && !f.fd.IsList() && (f.message.kind == shapeTime || f.message.kind == shapeDuration) {
		return string(bytes.Trim(b, `"`)), nil
	}
	return string(b), nil
}

// word is a value without quotes.
func (f *fieldPlan) word(v protoreflect.Value) string {
	switch f.fd.Kind() {
	case protoreflect.StringKind:
		return v.String()
	case protoreflect.BoolKind:
		return strconv.FormatBool(v.Bool())
	}
	return string(bytes.Trim(f.scalar(nil, v), `"`))
}

// answer keeps what a Connect handler answers to one call of the walk.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the answer's.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader notes the status.
func (a *answer) WriteHeader(code int) {
	if a.status == 0 {
		a.status = code
	}
}

// Write keeps the body.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// pages calls the list method from its first row on, and gives each page to each, until that says stop or there is no
// more. It gives the answer that was an error, if one was.
func (x *exchange) pages(next http.Handler, r *http.Request, request []byte, each func(protoreflect.Message) bool) (*answer, error) {
	l := x.route.list
	in := x.route.input.New()
	if err := proto.Unmarshal(request, in.Interface()); err != nil {
		return nil, err
	}
	if l.page != nil {
		in.Clear(l.page)
	}
	if l.next != nil {
		in.Set(l.cur, protoreflect.ValueOfString(""))
		if l.perPage != nil {
			in.Set(l.perPage, protoreflect.ValueOfInt32(perCall))
		}
		if l.full != nil {
			in.Set(l.full, protoreflect.ValueOfBool(true))
		}
		if l.totals != nil && l.totals.Kind() == protoreflect.StringKind {
			in.Set(l.totals, protoreflect.ValueOfString("none"))
		}
	}
	var body []byte
	for {
		var err error
		if body, err = (proto.MarshalOptions{}).MarshalAppend(body[:0], in.Interface()); err != nil {
			return nil, err
		}
		call := r.Clone(r.Context())
		again := &replay{}
		again.Reset(body)
		call.Body, call.ContentLength = again, int64(len(body))
		a := &answer{header: http.Header{}}
		next.ServeHTTP(a, call)
		if a.status != http.StatusOK {
			return a, nil
		}
		out := x.route.output.New()
		if err := (binary{}).Unmarshal(a.body.Bytes(), out.Interface()); err != nil {
			return nil, err
		}
		if !each(out) || l.next == nil {
			return nil, nil
		}
		cursor := out.Get(l.next).String()
		if cursor == "" {
			return nil, nil
		}
		in.Set(l.cur, protoreflect.ValueOfString(cursor))
	}
}

// streamCSV answers a list as a table with every row that matches. It walks the cursor by the same call that a page is.
// An error before the first row is a problem as ever, by way of the outer writer; one in the midst of the table breaks
// the connection, so that nobody takes half for the whole.
func (x *exchange) streamCSV(outer http.ResponseWriter, next http.Handler, r *http.Request, request []byte) {
	l := x.route.list
	w := x.ResponseWriter
	table := export.NewWriter(w)
	flush := http.NewResponseController(w)
	started := false
	row := make([]string, 0, len(l.row.fields))
	failed, err := x.pages(next, r, request, func(page protoreflect.Message) bool {
		if !started {
			started, x.quiet, x.status = true, true, http.StatusOK
			h := w.Header()
			h.Set("Content-Type", "text/csv; charset=utf-8; header=present")
			h.Set("Content-Disposition", `attachment; filename="`+wordOf(x.route.pattern)+`.csv"`)
			w.WriteHeader(http.StatusOK)
			if x.request.Method == http.MethodHead || table.Write(l.header()) != nil {
				return false
			}
		}
		items := page.Get(l.items).List()
		for i := range items.Len() {
			var err error
			if row, err = l.cells(row, items.Get(i).Message()); err != nil || table.Write(row) != nil {
				panic(http.ErrAbortHandler)
			}
		}
		return table.Flush() == nil && flush.Flush() == nil && r.Context().Err() == nil
	})
	switch {
	case started && (failed != nil || err != nil):
		panic(http.ErrAbortHandler)
	case started:
		_ = table.Flush() // the caller may be gone
	case failed != nil:
		maps.Copy(outer.Header(), failed.header)
		outer.WriteHeader(failed.status)
		_, _ = outer.Write(failed.body.Bytes()) // kept by the exchange
	default:
		x.WriteHeader(http.StatusInternalServerError)
	}
}
