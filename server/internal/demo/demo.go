// Package demo fills an empty installation with a believable tenant, through
// the public API and over ninety days of its clock: what one sees is what the
// people of that tenant would have done by hand.
package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
)

// Span is how far back the tenant's history goes.
const Span = 90 * 24 * time.Hour

// Tenant is the tenant's name.
const Tenant = "Harbour Energy Services"

// A Person works for the tenant, or for one of its clients.
type Person struct {
	Name, Email, Group string
}

// The people of the tenant, one or two for each built-in group. The last one is
// a client's, and is let in when that client is there.
var (
	Ada  = Person{"Ada Marchetti", "ada@harbour.example", "Administrators"}
	Ben  = Person{"Ben Okafor", "ben@harbour.example", "Service desk"}
	Cleo = Person{"Cleo Nunes", "cleo@harbour.example", "Service desk"}
	Dana = Person{"Dana Weiss", "dana@harbour.example", "Reviewers"}
	Femi = Person{"Femi Laurent", "femi@harbour.example", "Read only"}
	Elif = Person{"Elif Kaya", "elif@bluepeak.example", "Client users"}
)

// Staff are the people who are there from the first day.
func Staff() []Person { return []Person{Ada, Ben, Cleo, Dana, Femi} }

// A House is the installation as the demo sees it.
type House struct {
	// Now and Advance are the server's clock, which begins Span ago.
	Now     func() time.Time
	Advance func(time.Duration)
	// Clients act as somebody; IDs are the people's.
	Clients map[Person]*Client
	IDs     map[Person]string
	// Admit lets somebody in who belongs to a client.
	Admit func(ctx context.Context, p Person, client string) error
	// Progress is told how far the work is.
	Progress func(done, all int64, what string)
}

// A step is something that somebody does at a time.
type step struct {
	at   time.Time
	what string
	do   func(context.Context) error
}

// A story is what happens in the tenant.
type story struct {
	House
	begin, end time.Time
	dice       *rand.Rand
	steps      []step
	sites      map[string]string // ids by name
	clients    []string          // ids in the order of the table
	assets     []asset
	// templates are the ids of templates by the kind of weakness they are about.
	templates map[int32]string
}

// Fill lets the story happen.
func Fill(ctx context.Context, h House) error {
	begin := h.Now()
	s := &story{
		House: h, begin: begin, end: begin.Add(Span - time.Hour), sites: map[string]string{}, templates: map[int32]string{},
		dice: rand.New(rand.NewPCG(2026, 90)), //nolint:gosec // the same story each time
	}
	if err := s.estate(ctx); err != nil {
		return err
	}
	s.tickets()
	s.reviews()
	slices.SortStableFunc(s.steps, func(a, b step) int { return a.at.Compare(b.at) })
	for i, next := range s.steps {
		if wait := next.at.Sub(s.Now()); wait > 0 {
			s.Advance(wait)
		}
		if err := next.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", next.what, err)
		}
		if s.Progress != nil {
			s.Progress(int64(i+1), int64(len(s.steps)), next.what)
		}
	}
	if rest := s.begin.Add(Span).Sub(s.Now()); rest > 0 {
		s.Advance(rest)
	}
	return nil
}

// plan has something done at a time; what would come after the end is left out.
func (s *story) plan(at time.Time, what string, do func(context.Context) error) bool {
	if at.After(s.end) {
		return false
	}
	s.steps = append(s.steps, step{at, what, do})
	return true
}

// pick is one of several, by chance.
func pick[T any](s *story, from []T) T { return from[s.dice.IntN(len(from))] }

// chance is true so many times in a hundred.
func (s *story) chance(percent int) bool { return s.dice.IntN(100) < percent }

// between is a time span, by chance.
func (s *story) between(low, high time.Duration) time.Duration {
	return low + time.Duration(s.dice.Int64N(int64(high-low)))
}

// estate is what is there on the first days: sites, clients, assets and how
// they hang together.
func (s *story) estate(ctx context.Context) error {
	for _, site := range places {
		made := &sitesv1.Site{}
		if err := s.Clients[Ada].Do(ctx, &sitesv1.CreateSiteRequest{Site: &sitesv1.Site{
			Name: site.name, Status: "active", Address: &site.address, Description: &site.about,
		}}, made); err != nil {
			return fmt.Errorf("site %s: %w", site.name, err)
		}
		s.sites[site.name] = made.Id
	}
	if err := s.bringClients(ctx); err != nil {
		return err
	}
	if err := s.bringAssets(ctx); err != nil {
		return err
	}
	return s.relate(ctx)
}
