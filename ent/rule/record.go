package rule

import (
	"context"
	"iter"

	"entgo.io/ent"
	"entgo.io/ent/privacy"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// OfRecord is for what hangs on records of any kind (links, files): reading needs the record's read permission, which
// the guards ask by limiting every query to the kinds that the viewer may read; all else needs its update permission.
// kind names the column with the kind. Named actors change and delete by the word's own permissions.
func OfRecord(word, kind string) ent.Policy { return ofRecord{word: word, kind: kind} }

// Said is OfRecord for what people say there: only its author changes it, and they delete it, as does whoever may
// delete the record. author names the column with the user.
func Said(word, kind, author string) ent.Policy { return ofRecord{word, kind, author} }

type ofRecord struct{ word, kind, author string }

// NotAuthor is the refusal to change what somebody else has said.
type NotAuthor struct{}

func (NotAuthor) Error() string { return "somebody else has said it" }

// Is makes it a denial in ent's sense.
func (NotAuthor) Is(target error) bool { return target == privacy.Deny }

func (ofRecord) EvalQuery(ctx context.Context, _ ent.Query) error {
	if viewer.From(ctx) == nil {
		return Denied{"a viewer"}
	}
	return privacy.Skip
}

func (o ofRecord) EvalMutation(ctx context.Context, m ent.Mutation) error {
	v := viewer.From(ctx)
	if v == nil {
		return Denied{"a viewer"}
	}
	switch {
	case m.Op().Is(ent.OpCreate):
		kind, _ := m.Field(o.kind)
		return need(v, kind, "update")
	case v.Actor != "":
		return Resource(o.word).EvalMutation(ctx, m)
	}
	rows, ok := ctx.Value(touchedKey{}).(iter.Seq[Row])
	if !ok {
		return Denied{o.word + ":update"}
	}
	for row := range rows {
		if err := o.may(v, row, m.Op().Is(ent.OpDelete|ent.OpDeleteOne)); err != privacy.Skip { //nolint:errorlint // the decision itself, which nobody wraps
			return err
		}
	}
	return privacy.Skip
}

// may decides about one row.
func (o ofRecord) may(v *viewer.Viewer, row Row, remove bool) error {
	kind := row.Column(o.kind)
	mine := o.author == "" || is(row.Column(o.author), v.PersonID)
	switch {
	case remove && (!mine || o.author != "" && v.Has(permission(kind, "delete"))):
		return need(v, kind, "delete")
	case !mine && v.Has(permission(kind, "update")):
		return NotAuthor{}
	}
	return need(v, kind, "update")
}

// permission is one of the record's word.
func permission(kind any, action string) string {
	name, _ := kind.(string)
	return Word(name) + ":" + action
}

func need(v *viewer.Viewer, kind any, action string) error {
	if p := permission(kind, action); !v.Has(p) {
		return Denied{p}
	}
	return privacy.Skip
}
