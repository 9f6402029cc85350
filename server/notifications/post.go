package notifications

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/notification"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/job"
	"github.com/holdfast-platform/holdfast/server/internal/mail"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
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

// Works sends the mail: one letter to each person with all that has happened to records a minute ago or longer, so that
// what is one notification by then is told once. A letter is sent outside of any transaction and noted afterwards:
// after a crash between the two it is sent again, and no other time. url is where people reach the installation; grants
// says what a group grants.
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

// wait is until when a receiver waits whose letter failed, and how long they would the next time.
type wait struct {
	until time.Time
	next  time.Duration
}

// bag is what is to be told to one person in one tenant.
type bag struct {
	tenant, person uuid.UUID
	rows           []*ent.Notification
}

// collect finds what people wanted by mail when it happened, still want so, and have not got.
func (p *post) collect(ctx context.Context) ([]*bag, error) {
	now := clock.Now(ctx)
	system := db.System(ctx, viewer.Notifier)
	rows, err := db.From(system).Notification.Query().Where(
		notification.ByMail(true), notification.MailedAtIsNil(), notification.CreatedAtGT(now.Add(-stale)), notification.CreatedAtLTE(now.Add(-together)),
	).Order(ent.Asc(notification.FieldEventSeq)).All(system)
	if err != nil {
		return nil, err
	}
	byTenant := map[uuid.UUID][]*ent.Notification{}
	for _, n := range rows {
		if !p.waiting(n.UserID, now) {
			byTenant[n.TenantID] = append(byTenant[n.TenantID], n)
		}
	}
	var bags []*bag
	for tenant, rows := range byTenant {
		found, err := p.gather(viewer.In(ctx, tenant, viewer.NotifierIn), tenant, rows)
		if err != nil {
			return nil, err
		}
		bags = append(bags, found...)
	}
	slices.SortFunc(bags, func(a, b *bag) int { return cmp.Compare(a.rows[0].EventSeq, b.rows[0].EventSeq) })
	return bags, nil
}

// gather sorts what was found in one tenant by its receivers. They may have chosen otherwise since, or have lost their
// rights.
func (p *post) gather(ctx context.Context, tenant uuid.UUID, rows []*ent.Notification) ([]*bag, error) {
	bags := map[uuid.UUID]*bag{}
	for _, n := range rows {
		if bags[n.UserID] == nil {
			bags[n.UserID] = &bag{tenant: tenant, person: n.UserID}
		}
	}
	readers, err := p.readers(ctx, keys(bags))
	if err != nil {
		return nil, err
	}
	for _, n := range rows {
		r, b := readers[n.UserID], bags[n.UserID]
		if r != nil && len(b.rows) < sheaf && r.reaches(n.Cause).mail && r.Has(rule.Word(n.RecordKind)+":read") && r.sees(n.ClientID) {
			b.rows = append(b.rows, n)
		}
	}
	out := make([]*bag, 0, len(bags))
	for _, b := range bags {
		if len(b.rows) > 0 {
			out = append(out, b)
		}
	}
	return out, nil
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
	vocabulary, err := vocabulary.Current(ctx)
	if err != nil {
		return mail.Message{}, err
	}
	for _, n := range b.rows {
		n.Detail = detail(vocabulary, n)
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

// tried makes a receiver wait ever longer while their letters fail.
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
