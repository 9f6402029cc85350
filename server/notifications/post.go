package notifications

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/notification"
	"github.com/holdfast-platform/holdfast/gen/ent/predicate"
	"github.com/holdfast-platform/holdfast/gen/ent/preference"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/job"
	"github.com/holdfast-platform/holdfast/server/internal/mail"
)

const (
	// look is how often somebody looks what is to be mailed.
	look = 5 * time.Second
	// stale is when what could not be mailed is no news any more.
	stale = 24 * time.Hour
	// sheaf is how many notifications one letter tells of at most; the others follow in the next.
	sheaf = 100
	// patience is how long a receiver whose letter failed waits at first, and at most.
	patience, mostPatience = 30 * time.Second, time.Hour
)

// Works sends the mail: one letter to each person with all that has happened to records a minute ago or longer, so that what is one
// notification by then is told once. A letter is sent outside of any transaction and noted afterwards: after a crash between the two it
// is sent again, and no other time. url is where people reach the installation; grants says what a group grants.
func Works(mailer *mail.Mailer, url string, grants func(*ent.Group) []string) []job.Work {
	p := &post{notifier: notifier{grants}, mailer: mailer, url: url, waits: map[uuid.UUID]wait{}}
	return []job.Work{{
		Name:  "notifications.mail",
		Every: look,
		Due: func(ctx context.Context) (bool, error) {
			bags, err := p.collect(ctx)
			return len(bags) > 0, err
		},
		Do: func(ctx context.Context, _ json.RawMessage) error { return p.deliver(ctx) },
	}}
}

type post struct {
	notifier
	mailer *mail.Mailer
	url    string

	mu    sync.Mutex
	waits map[uuid.UUID]wait
}

// wait is until when a receiver waits whose letter failed, and how long he would the next time.
type wait struct {
	until time.Time
	next  time.Duration
}

// bag is what is to be told to one person in one tenant.
type bag struct {
	tenant, person uuid.UUID
	rows           []*ent.Notification
}

// collect finds what people want by mail and have not got.
func (p *post) collect(ctx context.Context) ([]*bag, error) {
	now := clock.Now(ctx)
	system := db.System(ctx, viewer.Notifier)
	choices, err := db.From(system).Preference.Query().Where(choosesMail).All(system)
	if err != nil || len(choices) == 0 {
		return nil, err
	}
	var bags []*bag
	byTenant := map[uuid.UUID][]*ent.Preference{}
	for _, c := range choices {
		byTenant[c.TenantID] = append(byTenant[c.TenantID], c)
	}
	for tenant, choices := range byTenant {
		found, err := p.gather(viewer.In(ctx, tenant, viewer.NotifierIn), tenant, choices, now)
		if err != nil {
			return nil, err
		}
		bags = append(bags, found...)
	}
	slices.SortFunc(bags, func(a, b *bag) int { return cmp.Compare(a.rows[0].EventSeq, b.rows[0].EventSeq) })
	return bags, nil
}

// gather finds it in one tenant.
func (p *post) gather(ctx context.Context, tenant uuid.UUID, choices []*ent.Preference, now time.Time) ([]*bag, error) {
	people := make([]uuid.UUID, len(choices))
	chosen := map[uuid.UUID]*choice{}
	for i, c := range choices {
		people[i], chosen[c.UserID] = c.UserID, &choice{row: c}
	}
	rows, err := db.From(ctx).Notification.Query().Where(
		notification.UserIDIn(people...), notification.MailedAtIsNil(),
		notification.CreatedAtGT(now.Add(-stale)), notification.CreatedAtLTE(now.Add(-together)),
	).Order(ent.Asc(notification.FieldEventSeq)).All(ctx)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	if err := recall(ctx, tenant, chosen, now.Add(-stale)); err != nil {
		return nil, err
	}
	bags := map[uuid.UUID]*bag{}
	for _, n := range rows {
		c := chosen[n.UserID]
		if !c.now().reaches(n.Cause).mail || !c.at(n.CreatedAt).reaches(n.Cause).mail || p.waiting(n.UserID, now) {
			continue
		}
		if bags[n.UserID] == nil {
			bags[n.UserID] = &bag{tenant: tenant, person: n.UserID}
		}
		if b := bags[n.UserID]; len(b.rows) < sheaf {
			b.rows = append(b.rows, n)
		}
	}
	if len(bags) == 0 {
		return nil, nil
	}
	readers, err := p.readers(ctx, keys(bags))
	if err != nil {
		return nil, err
	}
	out := make([]*bag, 0, len(bags))
	for person, b := range bags {
		b.rows = slices.DeleteFunc(b.rows, func(n *ent.Notification) bool { // he may have lost his rights since
			r := readers[person]
			return r == nil || !r.Has(rule.Word(n.RecordKind)+":read") || !r.sees(n.ClientID)
		})
		if len(b.rows) > 0 {
			out = append(out, b)
		}
	}
	return out, nil
}

// choosesMail finds those who have ever said what they want by mail.
var choosesMail predicate.Preference = func(s *sql.Selector) {
	s.Where(sql.P(func(b *sql.Builder) {
		b.WriteString("CAST(").Ident(s.C(preference.FieldDocument)).WriteString(" AS text) LIKE ").Arg(`%"events_mail"%`)
	}))
}

// deliver sends every letter that is due.
func (p *post) deliver(ctx context.Context) error {
	bags, err := p.collect(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, b := range bags {
		if ctx.Err() != nil {
			return errors.Join(append(errs, ctx.Err())...)
		}
		in := viewer.In(ctx, b.tenant, viewer.NotifierIn)
		m, err := p.write(in, b)
		if err == nil {
			err = p.mailer.Send(in, m)
		}
		if err == nil {
			err = noted(in, b)
		}
		p.tried(b.person, clock.Now(ctx), err)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// write makes the letter, in the language of the person, or else of the tenant.
func (p *post) write(ctx context.Context, b *bag) (mail.Message, error) {
	to, err := db.From(ctx).User.Query().Where(user.ID(b.person)).Only(ctx)
	if err != nil {
		return mail.Message{}, err
	}
	tenant, err := db.From(ctx).Tenant.Query().Only(ctx)
	if err != nil {
		return mail.Message{}, err
	}
	reader := map[uuid.UUID]*reader{b.person: {}}
	if err := wishesOf(ctx, reader); err != nil {
		return mail.Message{}, err
	}
	locales := []string{reader[b.person].Locale}
	if to.Locale != nil {
		locales = append(locales, *to.Locale)
	}
	settings, err := db.From(ctx).Setting.Query().Only(ctx)
	if err == nil {
		locales = append(locales, settings.Locale)
	} else if !ent.IsNotFound(err) {
		return mail.Message{}, err
	}
	return letter(in(locales...), p.url, tenant.Name, to, b.rows), nil
}

// noted remembers that the letter has gone, even when the work is told to stop just now.
func noted(ctx context.Context, b *bag) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	ids := make([]uuid.UUID, len(b.rows))
	for i, n := range b.rows {
		ids[i] = n.ID
	}
	return db.Tx(ctx, func(ctx context.Context) error {
		return db.From(ctx).Notification.Update().Where(notification.IDIn(ids...)).SetMailedAt(clock.Now(ctx)).Exec(ctx)
	})
}

func (p *post) waiting(person uuid.UUID, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Before(p.waits[person].until)
}

// tried makes a receiver wait ever longer while his letters fail.
func (p *post) tried(person uuid.UUID, now time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		delete(p.waits, person)
		return
	}
	next := max(p.waits[person].next, patience)
	p.waits[person] = wait{until: now.Add(next), next: min(2*next, mostPatience)}
}
