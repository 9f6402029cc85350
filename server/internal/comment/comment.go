package comment

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/predicate"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/link"
	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
)

// maxMentions is how many people one comment mentions at most.
const maxMentions = 50

// New is a comment to be.
type New struct {
	// Kind ("incident") and RecordID are the record that it is about.
	Kind     string
	RecordID uuid.UUID
	// Body is Markdown; whom it calls by @ is mentioned.
	Body string
	// Internal comments are not for members with a client, and not to be written by them.
	Internal bool
	// Mentions are people beside those whom the text calls.
	Mentions []uuid.UUID
}

// Add comments on a record, as the viewer, who needs to be allowed to change it. A mentioned id that is no active
// member's is invalid; a name in the text that is nobody's, or several people's, mentions nobody.
func Add(ctx context.Context, n New) (*ent.Comment, error) {
	record, err := link.Record(ctx, "record_kind", n.Kind, n.RecordID, "update")
	if err != nil {
		return nil, err
	}
	if err := MayBeInternal(ctx, n.Internal); err != nil {
		return nil, err
	}
	if n.Body == "" {
		return nil, fault.Invalid("body", "must not be empty")
	}
	mentions, err := Mentions(ctx, n.Body, n.Mentions)
	if err != nil {
		return nil, err
	}
	c := db.From(ctx).Comment.Create().SetRecordKind(n.Kind).SetRecordID(n.RecordID).SetNillableClientID(record.Client()).
		SetBody(n.Body).SetInternal(n.Internal).SetMentions(mentions)
	if v := viewer.From(ctx); v.PersonID != uuid.Nil {
		c.SetAuthorID(v.PersonID)
	}
	return c.Save(ctx)
}

// Mentions are the people whom a text calls by @, after those who are given, each once: by their address, by what
// stands before its at sign, or by their full name. The given ones must be active members. What may mean several people
// mentions nobody.
func Mentions(ctx context.Context, body string, given []uuid.UUID) ([]uuid.UUID, error) {
	people := make([]uuid.UUID, 0, len(given))
	for _, id := range given {
		if !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	names := handles(body)
	if len(people) == 0 && len(names) == 0 {
		return nil, nil
	}
	rows, err := members(ctx, people, names)
	if err != nil {
		return nil, err
	}
	for _, id := range people {
		if !slices.ContainsFunc(rows, func(u *ent.User) bool { return u.ID == id }) {
			return nil, fault.Invalid("mentions", "no such member")
		}
	}
	for _, c := range calls(body) {
		id, ok := meant(c, rows)
		if ok && !slices.Contains(people, id) {
			people = append(people, id)
		}
	}
	if len(people) > maxMentions {
		return nil, fault.Invalid("mentions", "at most %d people", maxMentions)
	}
	return people, nil
}

// members are the active ones among those who are given and those whom a name may mean. A client's member reaches their
// colleagues only.
func members(ctx context.Context, people []uuid.UUID, names []string) ([]*ent.User, error) {
	candidates := []predicate.User{user.IDIn(people...)}
	for _, name := range names {
		if strings.Contains(name, "@") {
			candidates = append(candidates, user.EmailKey(db.Key(name)))
		} else {
			fold := searchindex.Fold(name)
			candidates = append(candidates, user.EmailKeyHasPrefix(db.Key(name)+"@"), user.FullNameFold(fold), user.FullNameFoldHasPrefix(fold+" "))
		}
	}
	v := viewer.From(ctx)
	ctx = viewer.As(ctx, viewer.Guard) // whoever comments may name members, whatever else they may know of them
	rows, err := db.From(ctx).User.Query().Where(user.IsActive(true), user.Or(candidates...)).Limit(10 * maxMentions).All(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]uuid.UUID, len(rows))
	for i, u := range rows {
		ids[i] = u.ID
	}
	in := []predicate.Membership{membership.UserIDIn(ids...), membership.Status("active")}
	if v.Scoped() {
		in = append(in, membership.ClientID(v.ClientID))
	}
	active, err := db.From(ctx).Membership.Query().Where(in...).All(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rows, func(u *ent.User) bool {
		return !slices.ContainsFunc(active, func(m *ent.Membership) bool { return m.UserID == u.ID })
	}), nil
}

// meant is whom a call means: the one member whose full name stands there, the longest that does; else the one with the
// address. "@Ann Lee" is no call for whoever has the address ann@….
func meant(c call, rows []*ent.User) (id uuid.UUID, ok bool) {
	var best []*ent.User
	for _, u := range rows {
		switch {
		case !c.byFullName(u.FullNameFold) || len(best) > 0 && len(u.FullNameFold) < len(best[0].FullNameFold):
		case len(best) > 0 && len(u.FullNameFold) == len(best[0].FullNameFold):
			best = append(best, u)
		default:
			best = []*ent.User{u}
		}
	}
	switch len(best) {
	case 0:
		return called(c.name, rows)
	case 1:
		return best[0].ID, true
	}
	return uuid.Nil, false // it may be several people's
}

// called is the one member whom a name means: an address, or the part before its at sign.
func called(name string, rows []*ent.User) (id uuid.UUID, ok bool) {
	key := db.Key(name)
	for _, u := range rows {
		if u.EmailKey != key && (strings.Contains(name, "@") || !strings.HasPrefix(u.EmailKey, key+"@")) {
			continue
		}
		if ok {
			return uuid.Nil, false // it may be several people's
		}
		id, ok = u.ID, true
	}
	return id, ok
}

// MayBeInternal refuses internal comments of members with a client, who would not see them.
func MayBeInternal(ctx context.Context, internal bool) error {
	if internal && viewer.From(ctx).Scoped() {
		return fault.Denied("internal_comment", "internal comments are not for members of a client")
	}
	return nil
}
