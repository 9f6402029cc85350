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
	per := map[string]time.Duration{"second": time.Second, "minute": time.Minute, "hour": time.Hour}[strings.TrimSpace(unit)]
	if !ok || err != nil || count < 1 || per == 0 {
		return rate{}, fmt.Errorf("identity: a rate is <n>/<second|minute|hour>, not %q", text)
	}
	return rate{count, per}, nil
}

// attempt is what a try is counted under: the address it comes from and the account it is at.
type attempt struct{ keys []string }

// attempt makes the keys of a try. An account is kept as a hash: people type passwords into the wrong field.
func (s *Service) attempt(ctx context.Context, what string, account string) attempt {
	var a attempt
	if ip := viewer.CallOf(ctx).IP; ip != "" {
		a.keys = append(a.keys, what+":address:"+network(ip))
	}
	if account != "" {
		sum := sha256.Sum256([]byte(account))
		a.keys = append(a.keys, what+":account:"+hex.EncodeToString(sum[:16]))
	}
	return a
}

// begin counts a try before it is judged, so that many at once get no more tries than one after the other. Beyond the limit it is
// refused with the time to wait; the count is committed either way. It is exact over all servers: the database counts.
func (s *Service) begin(ctx context.Context, a attempt) error {
	var wait time.Duration
	err := s.tx(ctx, viewer.SignIn, func(ctx context.Context) error {
		wait = 0
		now := clock.Now(ctx)
		for _, key := range a.keys {
			left, err := s.countOne(ctx, key, now)
			if err != nil {
				return err
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

// countOne adds one to a key's window, which opens with its first try, and says how long to wait when it is over the limit.
func (s *Service) countOne(ctx context.Context, key string, now time.Time) (time.Duration, error) {
	var count int
	var until int64 // microseconds since 1970, UTC
	err := db.SQL(ctx).QueryRowContext(ctx, `INSERT INTO throttles (key, opened_at, count, expires_at) VALUES ($1, $2, 1, $3)
		ON CONFLICT (key) DO UPDATE SET
			count = CASE WHEN throttles.expires_at <= excluded.opened_at THEN 1 ELSE throttles.count + 1 END,
			opened_at = CASE WHEN throttles.expires_at <= excluded.opened_at THEN excluded.opened_at ELSE throttles.opened_at END,
			expires_at = CASE WHEN throttles.expires_at <= excluded.opened_at THEN excluded.expires_at ELSE throttles.expires_at END
		RETURNING count, expires_at`, key, now.UnixMicro(), now.Add(s.rate.per).UnixMicro()).Scan(&count, &until)
	if err != nil || count <= s.rate.count {
		return 0, err
	}
	return max(time.UnixMicro(until).Sub(now), time.Second), nil
}

// forgive takes a try back that turned out to be right: only failures use up the limit. It belongs into the transaction that keeps
// the success.
func (a attempt) forgive(ctx context.Context) error {
	for _, key := range a.keys {
		if _, err := db.SQL(ctx).ExecContext(ctx, `UPDATE throttles SET count = count - 1 WHERE key = $1 AND count > 0`, key); err != nil {
			return err
		}
	}
	return nil
}

// network is whom an address belongs to: with IPv6 that is a network of 64 bits, in which one may take a new address for each attempt.
func network(ip string) string {
	if a, err := netip.ParseAddr(ip); err == nil && a.Is6() && !a.Is4In6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip
}
