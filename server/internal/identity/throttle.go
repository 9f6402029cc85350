package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// rate is so many attempts in a span of time.
type rate struct {
	count int
	per   time.Duration
}

// parseRate reads "5/minute".
func parseRate(text string) (rate, error) {
	n, unit, ok := strings.Cut(strings.TrimSpace(text), "/")
	count, err := strconv.Atoi(strings.TrimSpace(n))
	per := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSpace(unit)]
	if !ok || err != nil || count < 1 || per == 0 {
		return rate{}, fmt.Errorf("identity: a rate is <n>/<second|minute|hour|day>, not %q", text)
	}
	return rate{count, per}, nil
}

// attempt is what a try is counted under, such as the network it comes from and the account it is at.
type attempt struct{ counters []*counter }

// counter is one of them.
type counter struct {
	key   string
	limit rate
	// spared is asked beyond the limit: true counts the try and does not refuse it. Nil spares nobody.
	spared func(ctx context.Context) (bool, error)
	count  int // after begin
}

// everybody is spared by a counter that only counts.
func everybody(context.Context) (bool, error) { return true, nil }

// attempt counts what is done without an account, by network.
func (s *Service) attempt(ctx context.Context, what string) attempt {
	return attempt{s.byNetwork(ctx, what, s.rate, nil)}
}

// byNetwork is the counter of the caller's network, if that is known.
func (s *Service) byNetwork(ctx context.Context, what string, limit rate, spared func(context.Context) (bool, error)) []*counter {
	ip := viewer.CallOf(ctx).IP
	if ip == "" {
		return nil
	}
	return []*counter{{key: what + ":address:" + network(ip), limit: limit, spared: spared}}
}

// byAccount is the counter of an account: one for all names that it may be called by. What names no account is counted
// as it was typed, as a hash: people type passwords into the wrong field.
func byAccount(what string, person uuid.UUID, typed string, limit rate) *counter {
	name := db.Key(typed)
	if person != uuid.Nil {
		name = person.String()
	}
	sum := sha256.Sum256([]byte(name))
	return &counter{key: what + ":account:" + hex.EncodeToString(sum[:16]), limit: limit}
}

// guess counts a try at an account by somebody who is not signed in. Beyond the account's limit those are still let try
// who have signed in to it from the same browser or network before, so that strangers can't lock anybody out.
func (s *Service) guess(ctx context.Context, what string, person uuid.UUID, typed string) attempt {
	account := byAccount(what, person, typed, s.rate)
	if person == uuid.Nil {
		return attempt{append(s.byNetwork(ctx, what, s.rate, nil), account)}
	}
	browser, known := s.knownBrowser(ctx, person)
	if !known {
		account.spared = func(ctx context.Context) (bool, error) { return s.knownNetwork(ctx, person) }
		return attempt{append(s.byNetwork(ctx, what, s.rate, nil), account)}
	}
	account.spared = everybody
	own := &counter{key: what + ":browser:" + browser + ":" + person.String(), limit: s.rate}
	return attempt{append(s.byNetwork(ctx, what, s.rate, everybody), account, own)}
}

// ownGuess counts a try at the caller's own account from a session in use, which is refused by the session's own count
// alone.
func (s *Service) ownGuess(ctx context.Context, what string) attempt {
	v := viewer.From(ctx)
	account := byAccount(what, v.PersonID, "", s.rate)
	account.spared = everybody
	session := &counter{key: what + ":session:" + v.SessionID.String(), limit: s.rate}
	return attempt{append(s.byNetwork(ctx, what, s.rate, everybody), account, session)}
}

// begin counts a try before it is judged, so that many at once get no more tries than one after the other. Beyond the
// limit it is refused with the time to wait; the count is committed either way. It is exact over all servers: the
// database counts.
func (s *Service) begin(ctx context.Context, a attempt) error {
	var wait time.Duration
	err := s.tx(ctx, viewer.SignIn, func(ctx context.Context) error {
		wait = 0
		now := clock.Now(ctx)
		for _, c := range a.counters {
			left, err := c.add(ctx, now)
			if err != nil {
				return err
			}
			if left > 0 && c.spared != nil {
				spared, err := c.spared(ctx)
				if err != nil {
					return err
				}
				if spared {
					continue
				}
			}
			wait = max(wait, left)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if wait > 0 {
		return fault.Limited(wait)
	}
	return nil
}

// add adds one to the counter's window, which opens with its first try, and says how long to wait when it is over the
// limit.
func (c *counter) add(ctx context.Context, now time.Time) (time.Duration, error) {
	var until int64 // microseconds since 1970, UTC
	err := db.SQL(ctx).QueryRowContext(ctx, `INSERT INTO throttles (key, opened_at, count, expires_at) VALUES ($1, $2, 1, $3)
		ON CONFLICT (key) DO UPDATE SET
			count = CASE WHEN throttles.expires_at <= excluded.opened_at THEN 1 ELSE throttles.count + 1 END,
			opened_at = CASE WHEN throttles.expires_at <= excluded.opened_at THEN excluded.opened_at ELSE throttles.opened_at END,
			expires_at = CASE WHEN throttles.expires_at <= excluded.opened_at THEN excluded.expires_at ELSE throttles.expires_at END
		RETURNING count, expires_at`, c.key, now.UnixMicro(), now.Add(c.limit.per).UnixMicro()).Scan(&c.count, &until)
	if err != nil || c.count <= c.limit.count {
		return 0, err
	}
	return max(time.UnixMicro(until).Sub(now), time.Second), nil
}

// forgive takes a try back that turned out to be right: only failures use up the limit. It belongs into the transaction
// that keeps the success.
func (a attempt) forgive(ctx context.Context) error {
	for _, c := range a.counters {
		if _, err := db.SQL(ctx).ExecContext(ctx, `UPDATE throttles SET count = count - 1 WHERE key = $1 AND count > 0`, c.key); err != nil {
			return err
		}
	}
	return nil
}

// reset begins a count anew.
func (a attempt) reset(ctx context.Context) error {
	for _, c := range a.counters {
		if _, err := db.SQL(ctx).ExecContext(ctx, `DELETE FROM throttles WHERE key = $1`, c.key); err != nil {
			return err
		}
	}
	return nil
}

// network is whom an address belongs to: with IPv6 that is a network of 64 bits, in which one may take a new address
// for each attempt.
func network(ip string) string {
	if a, err := netip.ParseAddr(ip); err == nil && a.Is6() && !a.Is4In6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip
}
