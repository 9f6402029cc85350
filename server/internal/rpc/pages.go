package rpc

import (
	"strconv"
	"unicode/utf8"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

const (
	// pageBytes bounds the rows of an answer in each of the forms in which it may travel: the messages that gRPC takes
	// by default have 4 MiB.
	pageBytes = 3 << 20
	// textCharacters is how much of a text lists have.
	textCharacters = 2000
	// certain is a size in binary form that is within the bound in JSON too, whatever has to be escaped there.
	certain = pageBytes / 8
)

// list is what the door knows of a method that answers rows: it cuts long texts and bounds the page by bytes, so that
// no room has to.
type list struct {
	items, answered       protoreflect.FieldDescriptor // of the answer: its rows, and how many of them were asked for
	perPage, cursor, full protoreflect.FieldDescriptor // of the request
	cut                   protoreflect.FieldDescriptor // of a row: which of its texts were cut; nil where none is so long
}

// listOf is nil where the answer is no list.
func listOf(in, out protoreflect.MessageDescriptor) *list {
	l := &list{
		items: out.Fields().ByName("items"), answered: out.Fields().ByName("per_page"),
		perPage: in.Fields().ByName("per_page"), cursor: in.Fields().ByName("cursor"), full: in.Fields().ByName("full"),
	}
	if l.items == nil || !l.items.IsList() || l.items.Message() == nil || l.answered == nil || l.perPage == nil {
		return nil
	}
	l.cut = l.items.Message().Fields().ByName(api.TruncatedFields)
	return l
}

// read asks the room for a page that fits. One that is walked by cursor is asked for again with fewer rows where it
// does not: its cursor then goes on behind the last of them.
func (l *list) read(m protoreflect.Message, next func() (connect.AnyResponse, error)) (connect.AnyResponse, error) {
	walks := l.cursor != nil && m.Has(l.cursor)
	whole := l.full != nil && m.Get(l.full).Bool()
	if whole && !walks {
		return nil, fault.Invalid("full", "only together with cursor")
	}
	for asked := int32(0); ; {
		res, err := next()
		if err != nil {
			return nil, err
		}
		out := res.Any().(proto.Message).ProtoReflect() //nolint:forcetypeassert // as the contract says
		rows := out.Get(l.items).List()
		if l.cut != nil && !whole {
			for i := range rows.Len() {
				l.shorten(rows.Get(i).Message())
			}
		}
		n := l.fitting(out, rows, walks)
		if n < rows.Len() && !walks {
			return nil, fault.PageTooLarge().With("per_page", strconv.Itoa(n))
		}
		if asked == 0 {
			asked = int32(out.Get(l.answered).Int())
		}
		if n == rows.Len() {
			out.Set(l.answered, protoreflect.ValueOfInt32(asked))
			return res, nil
		}
		m.Set(l.perPage, protoreflect.ValueOfInt32(int32(n)))
	}
}

// fitting is how many rows fit: of a walk from its first one on, of a page wherever in it they begin. It is never less
// than one.
func (l *list) fitting(out protoreflect.Message, rows protoreflect.List, walks bool) int {
	if proto.Size(out.Interface()) <= certain {
		return rows.Len()
	}
	sizes, sum := make([]int, rows.Len()), 0
	for i := range sizes {
		sizes[i] = sizeOf(rows.Get(i).Message().Interface())
		sum += sizes[i]
	}
	if sum <= pageBytes {
		return rows.Len()
	}
	fewest := len(sizes)
	for from := range sizes {
		n, sum := 0, 0
		for _, size := range sizes[from:] {
			if sum += size; sum > pageBytes && n > 0 {
				fewest = min(fewest, n)
				break
			}
			n++
		}
		if walks {
			return min(fewest, n)
		}
	}
	return fewest
}

// sizeOf is the larger of what a row takes in binary form and in JSON, where it shows every field.
func sizeOf(row proto.Message) int {
	text, err := protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}.Marshal(row)
	if err != nil {
		return proto.Size(row)
	}
	return max(proto.Size(row), len(text))
}

// shorten cuts the long texts of a row and notes which.
func (l *list) shorten(row protoreflect.Message) {
	if proto.Size(row.Interface()) <= textCharacters {
		return
	}
	var cut []string
	shorten(row, "", &cut)
	if len(cut) == 0 {
		return
	}
	names := row.Mutable(l.cut).List()
	for _, name := range cut {
		names.Append(protoreflect.ValueOfString(name))
	}
}

// shorten goes through the messages of the contract; documents of JSON stay whole, but for plain texts.
func shorten(m protoreflect.Message, before string, cut *[]string) {
	note := func(fd protoreflect.FieldDescriptor) {
		if name := before + string(fd.Name()); len(*cut) == 0 || (*cut)[len(*cut)-1] != name {
			*cut = append(*cut, name)
		}
	}
	inside := func(fd protoreflect.FieldDescriptor, value protoreflect.Message) {
		if v, ok := value.Interface().(*structpb.Value); ok {
			if text, is := clipped(v.GetStringValue()); is {
				v.Kind = &structpb.Value_StringValue{StringValue: text}
				note(fd)
			}
		} else if api.Ours(value.Descriptor()) {
			shorten(value, before+string(fd.Name())+".", cut)
		}
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		texts := fd.Kind() == protoreflect.StringKind
		if !texts && fd.Message() == nil || fd.IsMap() || !m.Has(fd) {
			continue
		}
		switch {
		case fd.IsList() && texts:
			of := m.Get(fd).List()
			for i := range of.Len() {
				if text, is := clipped(of.Get(i).String()); is {
					of.Set(i, protoreflect.ValueOfString(text))
					note(fd)
				}
			}
		case fd.IsList():
			of := m.Get(fd).List()
			for i := range of.Len() {
				inside(fd, of.Get(i).Message())
			}
		case texts:
			if text, is := clipped(m.Get(fd).String()); is {
				m.Set(fd, protoreflect.ValueOfString(text))
				note(fd)
			}
		default:
			inside(fd, m.Get(fd).Message())
		}
	}
}

// ellipsis is the last character of a text that was cut.
const ellipsis = "…"

// clipped cuts a text that is too long.
func clipped(text string) (string, bool) {
	if len(text) <= textCharacters || utf8.RuneCountInString(text) <= textCharacters {
		return text, false
	}
	n := 0
	for at := range text {
		if n++; n == textCharacters {
			return text[:at] + ellipsis, true
		}
	}
	return text, false
}

// unshortened refuses to keep a text that a list has cut, where the row is sent back as it was answered.
func unshortened(body protoreflect.Message) error {
	fields := body.Descriptor().Fields()
	cut := fields.ByName(api.TruncatedFields)
	if cut == nil || !body.Has(cut) {
		return nil
	}
	names := body.Get(cut).List()
	for i := range names.Len() {
		fd := fields.ByName(protoreflect.Name(names.Get(i).String()))
		if fd == nil || fd.Kind() != protoreflect.StringKind || fd.IsList() || !body.Has(fd) {
			continue
		}
		text := body.Get(fd).String()
		if utf8.RuneCountInString(text) == textCharacters && text[len(text)-len(ellipsis):] == ellipsis {
			return fault.Invalid(string(fd.Name()), "was cut by a list: ask for the record itself")
		}
	}
	return nil
}
