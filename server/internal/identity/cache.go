package identity

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journalcache"
)

// cacheSize bounds the principals that a process remembers.
const cacheSize = 20000

// principal is who a credential stands for. It never changes once it is made.
type principal struct {
	viewer  viewer.Viewer
	expires time.Time
	user    uuid.UUID
	enroll  bool  // good for the enrolment of a second factor only
	refusal error // the tenant's state forbids everything
	seen    atomic.Int64
}

// credential is what a principal is remembered by: the hash, so that memory holds no secrets.
type credential [sha256.Size]byte

// changed says what a principal may no longer be made of. Nil ids match nothing.
type changed struct{ user, tenant, session, token uuid.UUID }

func (c changed) hits(p *principal) bool {
	return c.user != uuid.Nil && c.user == p.user || c.tenant != uuid.Nil && c.tenant == p.viewer.TenantID ||
		c.session != uuid.Nil && c.session == p.viewer.SessionID || c.token != uuid.Nil && c.token == p.viewer.TokenID
}

// ends is what a line of the journal says about principals; nil is nothing.
func ends(l *db.Line) func(credential, *principal) bool {
	var c changed
	switch l.Kind {
	case ent.KindUser:
		c.user = l.RecordID
	case ent.KindMembership, ent.KindMembershipGroup, ent.KindGroup, ent.KindTenant:
		c.tenant = l.TenantID
	case ent.KindLoginSession:
		c.session = l.RecordID
	case ent.KindAPIToken:
		c.token = l.RecordID
	default:
		return nil
	}
	return func(_ credential, p *principal) bool { return c.hits(p) }
}

// Attach makes principals be remembered: from now on the journal tells when one is no longer what it was. It is called
// once, before the first request.
func (s *Service) Attach(j journalcache.Journal) {
	s.cache = journalcache.Follow(s.db, j, cacheSize, ends)
}

// seen gathers which sessions and tokens were used, to be written at most once a minute each and not per request.
type seen struct {
	mu               sync.Mutex
	sessions, tokens map[uuid.UUID]time.Time
}

// seenEvery is how exact last_seen_at and last_used_at are.
const seenEvery = time.Minute

// note remembers that a principal was used.
func (s *seen) note(p *principal, now time.Time) {
	last := p.seen.Load()
	if now.UnixMicro()-last < seenEvery.Microseconds() || !p.seen.CompareAndSwap(last, now.UnixMicro()) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions == nil {
		s.sessions, s.tokens = map[uuid.UUID]time.Time{}, map[uuid.UUID]time.Time{}
	}
	if p.viewer.TokenID != uuid.Nil {
		s.tokens[p.viewer.TokenID] = now
	} else if !p.enroll {
		s.sessions[p.viewer.SessionID] = now
	}
}

func (s *seen) take() (sessions, tokens map[uuid.UUID]time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sessions, tokens = s.sessions, s.tokens
	s.sessions, s.tokens = nil, nil
	return sessions, tokens
}

// writeSeen writes down who was seen, in one transaction and without the journal: it is no change of anything.
func (s *Service) writeSeen(ctx context.Context) {
	sessions, tokens := s.seen.take()
	if len(sessions)+len(tokens) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	err := s.tx(ctx, viewer.SignIn, func(ctx context.Context) error {
		for id, at := range sessions {
			if _, err := db.SQL(ctx).ExecContext(ctx, `UPDATE login_sessions SET last_seen_at = $1 WHERE id = $2`, at, id); err != nil {
				return err
			}
		}
		for id, at := range tokens {
			if _, err := db.SQL(ctx).ExecContext(ctx, `UPDATE api_tokens SET last_used_at = $1 WHERE id = $2`, at, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.WarnContext(ctx, "when sessions were last seen was not written", slog.String("error", err.Error()))
	}
}
