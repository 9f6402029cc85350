package rules_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/apitoken"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/invite"
	"github.com/holdfast-platform/holdfast/gen/ent/loginsession"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/membershipgroup"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// target is somebody on whom others try to act, with all that belongs to their account in this tenant.
type target struct {
	person                           uuid.UUID
	group                            uuid.UUID // grants what they may
	token, session, invited, address string
}

// put makes the target what a sample names, in the place of whatever the sample means.
var put = map[string]func(t *target) string{
	"user": func(t *target) string { return t.person.String() }, "viewer": func(t *target) string { return t.person.String() },
	"group": func(t *target) string { return t.group.String() }, "token": func(t *target) string { return t.token },
	"address": func(t *target) string { return t.address },
	"login":   func(t *target) string { return t.session }, "invite": func(t *target) string { return t.invited },
}

// more are requests beside the sample: all that can be done to a person by a method that changes several things.
var more = map[string][]string{
	"UserService.UpdateUser": {
		`{"user": {"id": "{viewer}", "password": "seven lanterns over tundra"}, "updateMask": "password"}`,
		`{"user": {"id": "{viewer}", "email": "taken{n}@home.test"}, "updateMask": "email"}`,
		`{"user": {"id": "{viewer}", "isActive": false}, "updateMask": "isActive"}`,
		`{"user": {"id": "{viewer}", "groupIds": []}, "updateMask": "groupIds"}`,
		`{"user": {"id": "{viewer}", "clientId": "{client}"}, "updateMask": "clientId"}`,
		`{"user": {"id": "{viewer}", "status": "suspended"}, "updateMask": "status"}`,
	},
	"GroupService.UpdateGroup": {
		`{"group": {"id": "{group}", "permissions": []}, "updateMask": "permissions"}`,
	},
	// An open invitation to the same address is withdrawn by a new one.
	"UserService.CreateInvite": {`{"invite": {"email": "{address}"}}`},
}

// TestOutranked: every method that writes is called by somebody who may everything but one thing, with the ids of
// somebody who may that one thing too, and of an administrator of the installation who may nothing else: nothing of
// theirs changes. The same calls by somebody who may no less go through.
func TestOutranked(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := newWorld(t, h)
		all := identity.Permissions()
		least := slices.DeleteFunc(slices.Clone(all), func(p string) bool { return p == "sites:delete" })
		actor := member(t, h, "actor", groupOf(t, h, "Almost everything", least))
		w.value("client")
		mighty := groupOf(t, h, "Everything", all)
		promoted := member(t, h, "platform", groupOf(t, h, "Nearly nothing", []string{"assets:read"}))
		if err := h.Server.Identity().Promote(h.DB.In(t.Context()), "platform@home.test", true); err != nil {
			t.Fatal(err)
		}
		targets := map[string]*target{
			"more":     belongings(t, h, member(t, h, "target", mighty).Person, mighty),
			"platform": belongings(t, h, promoted.Person, mighty),
		}
		named := regexp.MustCompile(`\{\+?(user|viewer|group|token|login|invite|address)\}`)
		tried := 0
		for _, m := range contract.Methods() {
			name := contract.Short(m)
			if contract.Reads(m) || elsewhere[name] != "" && samples[name] == "" || contract.Access(m).GetPublic() {
				continue
			}
			for _, text := range append([]string{samples[name]}, more[name]...) {
				if !named.MatchString(text) && len(more[name]) == 0 {
					continue
				}
				for who, on := range targets {
					before := state(t, h, on)
					a := actor.Call("connect", name, aimed(t, w, name, text, on))
					if after := state(t, h, on); after != before {
						t.Errorf("%s changes somebody who may more (%s): %s\nbefore %s\nafter  %s", name, who, text, before, after)
					}
					aims := named.MatchString(text) && !strings.HasPrefix(name, "UserService.Create")
					if aims && a.Reason != "outranked" && !strings.HasPrefix(name, "MeService.") {
						t.Errorf("%s on somebody who may more (%s): %s %s %s, want outranked: %s", name, who, a.Code, a.Reason, a.Text, text)
					}
					tried++
				}
			}
		}
		if tried < 20 {
			t.Errorf("only %d calls were tried", tried)
		}
		// Whoever may no less is let through: the requests themselves are good.
		for i, text := range append([]string{samples["UserService.UpdateUser"]}, more["UserService.UpdateUser"]...) {
			on := belongings(t, h, member(t, h, fmt.Sprint("plain", i), groupOf(t, h, fmt.Sprint("Some ", i), least)).Person, mighty)
			if a := actor.Call("connect", "UserService.UpdateUser", aimed(t, w, "UserService.UpdateUser", text, on)); a.Code != "ok" {
				t.Errorf("among equals: %s %s %s: %s", a.Code, a.Reason, a.Text, text)
			}
		}
	})
}

// aimed is a request that names the target.
func aimed(t *testing.T, w *world, method, text string, on *target) proto.Message {
	t.Helper()
	return message(t, method, placeholder.ReplaceAllStringFunc(text, func(p string) string {
		name := strings.Trim(p, "{+}")
		if at := put[name]; at != nil {
			return at(on)
		}
		return w.value(strings.Trim(p, "{}"))
	}))
}

func groupOf(t *testing.T, h *housetest.House, name string, permissions []string) uuid.UUID {
	t.Helper()
	var id uuid.UUID
	err := h.DB.Tx(viewer.In(t.Context(), h.Tenant, viewer.Guard), func(ctx context.Context) error {
		g, err := db.From(ctx).Group.Create().SetName(name).SetPermissions(permissions).Save(ctx)
		if err == nil {
			id = g.ID
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// member makes a member of a group who has signed in.
func member(t *testing.T, h *housetest.House, name string, in uuid.UUID) *housetest.Caller {
	t.Helper()
	ctx := viewer.In(h.DB.In(t.Context()), h.Tenant, viewer.Guard)
	g, err := db.From(ctx).Group.Get(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	u, err := h.Server.Identity().CreateUser(h.DB.In(t.Context()), identity.NewUser{
		Tenant: "home", FullName: name, Email: name + "@home.test", Password: housetest.Password, Groups: []string{g.Name},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h.Caller(name, h.Tenant, u.ID)
}

// belongings gives somebody an API token, a session and an invitation to the group.
func belongings(t *testing.T, h *housetest.House, person, in uuid.UUID) *target {
	t.Helper()
	on := &target{person: person, group: in, address: person.String() + "@home.test"}
	if _, err := h.Server.Identity().OpenSession(h.DB.In(t.Context()), person, h.Tenant); err != nil {
		t.Fatal(err)
	}
	sys := db.System(h.DB.In(t.Context()), viewer.SignIn)
	head, err := db.From(sys).LoginSession.Query().Where(loginsession.UserID(person)).First(sys)
	if err != nil {
		t.Fatal(err)
	}
	on.session = head.ID.String()
	as := viewer.With(t.Context(), &viewer.Viewer{TenantID: h.Tenant, PersonID: person, Permissions: []string{"*"}, SessionID: head.ID})
	err = h.DB.Tx(as, func(ctx context.Context) error {
		token, _, err := h.Server.Identity().IssueToken(ctx, "A script", []string{"assets:read"}, nil)
		if err == nil {
			on.token = token.ID.String()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	invited, _, err := h.Server.Identity().Invite(h.DB.In(as), on.address, []uuid.UUID{in}, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	on.invited = invited.ID.String()
	return on
}

// state is all that is known of somebody's account in this tenant, as text.
func state(t *testing.T, h *housetest.House, on *target) string {
	t.Helper()
	ctx := db.System(h.DB.In(t.Context()), viewer.Founder)
	u, err := db.From(ctx).User.Query().Where(user.ID(on.person)).Only(ctx)
	if err != nil {
		t.Fatal(err)
	}
	m, err := db.From(ctx).Membership.Query().Where(membership.UserID(on.person)).Only(ctx)
	if err != nil {
		t.Fatal(err)
	}
	groups, err := db.From(ctx).MembershipGroup.Query().Where(membershipgroup.MembershipID(m.ID)).Order(membershipgroup.ByID()).All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	g, err := db.From(ctx).Group.Query().Where(group.ID(on.group)).All(ctx)
	if err != nil {
		t.Fatal(err)
	}
	sys := db.System(h.DB.In(t.Context()), viewer.SignIn)
	sessions, err := db.From(sys).LoginSession.Query().Where(loginsession.UserID(on.person)).Order(loginsession.ByID()).All(sys)
	if err != nil {
		t.Fatal(err)
	}
	keeper := db.System(h.DB.In(t.Context()), viewer.DoorKeeper)
	tokens, err := db.From(keeper).ApiToken.Query().Where(apitoken.OwnerID(on.person)).Order(apitoken.ByID()).All(keeper)
	if err != nil {
		t.Fatal(err)
	}
	invites, err := db.From(sys).Invite.Query().Where(invite.ID(uuid.MustParse(on.invited))).All(sys)
	if err != nil {
		t.Fatal(err)
	}
	hash := ""
	if u.PasswordHash != nil {
		hash = *u.PasswordHash
	}
	text := fmt.Sprintln(u, hash, m, groups, g)
	for _, s := range sessions {
		text += fmt.Sprintln(s.ID, s.RevokedAt)
	}
	for _, k := range tokens {
		text += fmt.Sprintln(k.ID, k.RevokedAt)
	}
	for _, i := range invites {
		text += fmt.Sprintln(i.ID, i.RevokedAt)
	}
	return text
}
