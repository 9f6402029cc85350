package viewer

import (
	"context"

	"github.com/google/uuid"
)

// Actor is machine work with a name and only the permissions it needs. There is no anonymous bypass.
type Actor struct {
	name        string
	permissions []string
	everywhere  bool
	unbound     bool
}

// NewActor declares an actor that works inside one tenant.
func NewActor(name string, permissions []string) Actor {
	return Actor{name: name, permissions: permissions}
}

// NewSystem declares an actor that works over all tenants: sign-in, sweeps, consumers of the journal.
func NewSystem(name string, permissions []string) Actor {
	return Actor{name: name, permissions: permissions, everywhere: true}
}

// Unbound is the actor for all clients' records, whoever it works for: what hangs on a record goes with it, even where
// the caller does not see it.
func (a Actor) Unbound() Actor {
	a.unbound = true
	return a
}

// Name is how the journal shows the actor.
func (a Actor) Name() string { return a.name }

// The actors, alphabetical. An actor used by several rooms stands here; so does every other, to be seen in one place.
var (
	// AcceptanceClock reopens findings whose risk is accepted no longer, and tells of those that soon will be.
	AcceptanceClock = NewActor("acceptance-clock", []string{"findings:read", "findings:update", "sessions:read"})
	// AcceptanceWatch finds the findings, of all tenants, that AcceptanceClock must look at.
	AcceptanceWatch = NewSystem("acceptance-watch", []string{"findings:read"})
	// Archivist deletes the reports that have been kept long enough.
	Archivist = NewSystem("archivist", []string{"reports:read", "reports:delete"})
	// AutoClose closes incidents that stayed resolved.
	AutoClose = NewActor("auto-close", []string{"incidents:read", "incidents:update", "sites:read", "settings:read"})
	// Detacher takes away what hangs on a record that is deleted, and counts what stands in the way, whoever may see
	// it.
	Detacher = NewActor("detacher", []string{
		"assets:read", "assets:update", "attachments:delete", "attachments:read", "attachments:update", "clients:read", "comments:delete", "comments:read",
		"comments:update", "findings:read", "incidents:read", "links:delete", "links:read",
		"notifications:delete", "notifications:read", "sessions:read", "settings:read", "sites:read", "templates:read", "watches:delete",
		"watches:read",
	}).Unbound()
	// Discharger ends the API tokens of a member who leaves.
	Discharger = NewActor("discharger", []string{"settings:read", "settings:manage"})
	// Disowner ends the API tokens of an account that somebody else may have prepared for its owner.
	Disowner = NewSystem("disowner", []string{"settings:read", "settings:manage"})
	// Dispatcher hands the lines of the journal to their consumers.
	Dispatcher = NewSystem("dispatcher", nil)
	// DoorKeeper finds out who a caller is and what they may do.
	DoorKeeper = NewSystem("door-keeper", []string{"users:read", "rbac:read", "tenant:read", "settings:read"})
	// Founder makes tenants, accounts and memberships, for somebody who has no rights there yet.
	Founder = NewSystem("founder", []string{
		"users:read", "users:manage", "users:invite", "rbac:read", "rbac:manage", "tenant:read", "tenant:manage", "clients:read", "settings:read",
	})
	// Guard looks up what a change points at, such as the members and records that comments and links name.
	Guard = NewActor("guard", []string{"*"})
	// Janitor deletes what has been kept long enough: notifications, spent invites, ended login sessions.
	Janitor = NewSystem("janitor", []string{
		"notifications:delete", "notifications:read", "settings:read", "tenant:read", "users:invite", "users:manage", "users:read",
	})
	// KeyKeeper makes and reads the keys that sign access tokens.
	KeyKeeper = NewSystem("key-keeper", []string{"keys:read", "keys:create", "keys:update", "keys:delete"})
	// Librarian brings what comes with the program, such as groups and templates, to a tenant.
	Librarian = NewActor("librarian", []string{"rbac:manage", "rbac:read", "templates:create", "templates:read", "templates:update"})
	// Licensor keeps what a tenant's licence allows.
	Licensor = NewSystem("licensor", []string{"tenant:read", "tenant:manage"})
	// Merger hands over what hangs on an incident when it is merged, takes it back when that is undone, and ends the
	// parts of an incident that ends.
	Merger = NewActor("merger", []string{
		"assets:read", "assets:update", "clients:read", "clients:update", "findings:read", "findings:update", "incidents:read", "incidents:update",
		"links:create", "links:delete", "links:read", "links:update", "sessions:read", "sessions:update", "settings:read", "sites:read", "sites:update",
		"templates:read", "templates:update", "users:read", "watches:create", "watches:delete", "watches:read",
	})
	// Notifier reads the journal and tells people what concerns them.
	Notifier = NewSystem("notifier", []string{"notifications:read", "preferences:read"})
	// NotifierIn does so in one tenant; it looks at records, at who watches them, at who may read them and at how they
	// want to be told.
	NotifierIn = NewActor("notifier", []string{
		"notifications:read", "notifications:create", "notifications:update", "notifications:delete", "watches:read",
		"preferences:read", "settings:read", "tenant:read", "users:read", "rbac:read", "clients:read", "assets:read", "findings:read", "incidents:read", "sessions:read", "sites:read", "templates:read",
	})
	// PolicyReader reads what service levels are judged by, and the days that a tenant has set, for whoever works on
	// tickets.
	PolicyReader = NewActor("policy-reader", []string{"settings:read"})
	// Publisher reads what a report shows of its author: the tenant's name and look, and the names of reviewers.
	Publisher = NewActor("publisher", []string{"settings:read", "tenant:read", "users:read"})
	// Reporter links a new incident to what it affects, for those who may report but not change.
	Reporter = NewActor("reporter", []string{"incidents:read", "incidents:update", "assets:read"})
	// Reviewers finds out who may lead a review.
	Reviewers = NewActor("reviewers", []string{"users:read", "rbac:read"})
	// SLAClock tells when service levels are about to break, and when they break.
	SLAClock = NewActor("sla-clock", []string{"incidents:read", "incidents:update", "settings:read"})
	// SLAWatch finds the incidents, of all tenants, that SLAClock must look at.
	SLAWatch = NewSystem("sla-watch", []string{"incidents:read"})
	// Sealer closes the journal's hash chains.
	Sealer = NewSystem("sealer", nil)
	// Self reads and changes what belongs to the caller's own person.
	Self = NewActor("self", []string{"users:read", "users:manage", "rbac:read", "tenant:read", "clients:read", "settings:read"})
	// SignIn checks credentials and keeps login sessions.
	SignIn = NewSystem("sign-in", []string{
		"users:read", "users:manage", "users:invite", "rbac:read", "tenant:read", "settings:read", "clients:read",
	})
	// Vocabularies keeps what is made from the words of all tenants.
	Vocabularies = NewSystem("vocabularies", []string{"taxonomy:read"})
	// Sweeper finds the files that no record names, over all tenants.
	Sweeper = NewSystem("sweeper", []string{"attachments:read", "reports:read"})
	// Vocabulary reads the words that a tenant uses, for whoever sets or shows one.
	Vocabulary = NewActor("vocabulary", []string{"taxonomy:read"})
)

// As lets an actor work on behalf of whoever asks: same tenant, same person in the journal, the actor's permissions. Of
// records that belong to clients it sees and changes those that the caller does.
func As(ctx context.Context, a Actor) context.Context {
	v := Viewer{Actor: a.name, Permissions: a.permissions, everywhere: a.everywhere}
	if who := From(ctx); who != nil {
		v.TenantID, v.PersonID = who.TenantID, who.PersonID
		v.SessionID, v.TokenID = who.SessionID, who.TokenID
		if !a.unbound && !a.everywhere {
			v.ClientID = who.ClientID
		}
	}
	return With(ctx, &v)
}

// In lets an actor work in a tenant when nobody asked: jobs and timers.
func In(ctx context.Context, tenant uuid.UUID, a Actor) context.Context {
	return As(With(ctx, &Viewer{TenantID: tenant}), a)
}
