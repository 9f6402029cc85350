package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"buf.build/go/protovalidate"
	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Parameters are what of a list can be asked for by name: its filters, q and updated_since.
func (t *Table) Parameters() []string {
	var out []string
	for _, name := range []string{"q", "updated_since"} {
		if t.Request.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(name)) != nil {
			out = append(out, name)
		}
	}
	for i := range t.Filters {
		out = append(out, t.Filters[i].Name)
	}
	return append(out, t.Beside...)
}

// Chosen makes the list's request of parameters as an address has them, and holds it against the contract. Faults name
// the parameter behind a prefix, such as "filter.".
func (t *Table) Chosen(values map[string][]string, prefix string) (proto.Message, error) {
	in := t.Request.ProtoReflect().New()
	wrong := map[string]string{}
	known := t.Parameters()
	for name, texts := range values {
		f := in.Descriptor().Fields().ByName(protoreflect.Name(name))
		if f == nil || !slices.Contains(known, name) {
			wrong[prefix+name] = "unknown"
			continue
		}
		if !f.IsList() && len(texts) != 1 {
			wrong[prefix+name] = "must be one value"
			continue
		}
		for _, text := range texts {
			v, message := parsed(f, text)
			switch {
			case message != "":
				wrong[prefix+name] = message
			case f.IsList():
				in.Mutable(f).List().Append(v)
			default:
				in.Set(f, v)
			}
		}
	}
	if len(wrong) == 0 {
		wrong = Broken(protovalidate.Validate(in.Interface()), prefix)
	}
	if len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong)
	}
	return in.Interface(), nil
}

// parsed is a text as a field's value, or what is wrong with it.
func parsed(f protoreflect.FieldDescriptor, text string) (v protoreflect.Value, wrong string) {
	switch f.Kind() {
	case protoreflect.BoolKind:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return v, "must be true or false"
		}
		return protoreflect.ValueOfBool(b), ""
	case protoreflect.Int32Kind:
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil {
			return v, "must be a whole number"
		}
		return protoreflect.ValueOfInt32(int32(n)), ""
	case protoreflect.MessageKind:
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return v, "must be a time"
		}
		return protoreflect.ValueOfMessage(timestamppb.New(at).ProtoReflect()), ""
	}
	return protoreflect.ValueOfString(text), ""
}

// Broken are the rules of the contract that a message breaks, by field.
func Broken(err error, prefix string) map[string]string {
	var invalid *protovalidate.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	out := map[string]string{}
	for _, v := range invalid.Violations {
		field, _, _ := strings.Cut(protovalidate.FieldPathString(v.Proto.GetField()), "[")
		if out[prefix+field] == "" {
			out[prefix+field] = v.Proto.GetMessage()
		}
	}
	return out
}

// parameters writes a filter as views and bulk changes have it, an object, as parameters of an address.
func parameters(filter *structpb.Struct) (map[string][]string, error) {
	out, wrong := map[string][]string{}, map[string]string{}
	for name, value := range filter.GetFields() {
		values := []*structpb.Value{value}
		if list := value.GetListValue(); list != nil {
			values = list.GetValues()
		}
		for _, v := range values {
			switch v := v.GetKind().(type) {
			case *structpb.Value_StringValue:
				out[name] = append(out[name], v.StringValue)
			case *structpb.Value_BoolValue:
				out[name] = append(out[name], strconv.FormatBool(v.BoolValue))
			case *structpb.Value_NumberValue:
				out[name] = append(out[name], strconv.FormatFloat(v.NumberValue, 'f', -1, 64))
			default:
				wrong["filter."+name] = "must be a value or a list of values"
			}
		}
	}
	if len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong)
	}
	return out, nil
}

// Filtered is the list that a filter, as a view keeps it, stands for.
func (t *Table) Filtered(ctx context.Context, filter *structpb.Struct) (*Listing, error) {
	values, err := parameters(filter)
	if err != nil {
		return nil, err
	}
	in, err := t.Chosen(values, "filter.")
	if err != nil {
		return nil, err
	}
	return List(ctx, in, t)
}

// Check tells what of a saved list this one does not know: filters, order or columns.
func (t *Table) Check(ctx context.Context, filter *structpb.Struct, order string, columns []string) error {
	if _, err := t.Filtered(ctx, filter); err != nil {
		return err
	}
	if err := (&Listing{kind: kindOf(t)}).orderBy(order, t.Sorts); err != nil {
		return err
	}
	item := t.Item.ProtoReflect().Descriptor()
	for i, name := range columns {
		if !hasField(item, name) {
			return fault.Invalid(fmt.Sprintf("columns[%d]", i), "unknown")
		}
	}
	return nil
}

// hasField tells whether a message has a field; a dot leads into it.
func hasField(d protoreflect.MessageDescriptor, path string) bool {
	head, rest, deeper := strings.Cut(path, ".")
	f := d.Fields().ByName(protoreflect.Name(head))
	return f != nil && (!deeper || f.Message() != nil && !f.IsMap() && hasField(f.Message(), rest))
}

// IDs are the records of the whole list, by id, as many as most at the most.
func (l *Listing) IDs(ctx context.Context, most int) ([]uuid.UUID, error) {
	filters := slices.Clone(l.filters)
	if l.find != nil {
		filters = append(filters, func(s *sql.Selector) { s.Where(sql.In(s.C("id"), l.find.Rows(ctx, "record_id"))) })
	}
	return db.IDs(ctx, l.kind.Name, most, filters...)
}
