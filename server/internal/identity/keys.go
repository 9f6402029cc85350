package identity

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/signingkey"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// keyring holds the opened signing keys.
type keyring struct {
	mu     sync.Mutex
	keys   map[uuid.UUID]*signingKey
	loaded time.Time
}

// reloadKeys is how long an unknown key is not asked for again, so that forged tokens cost few queries.
const reloadKeys = 50 * time.Millisecond

// find gives the key of a kid, or nil. A key that another server has just made is fetched.
func (s *Service) find(ctx context.Context, kid uuid.UUID) (*signingKey, error) {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	if k := s.keys.keys[kid]; k != nil {
		return k, nil
	}
	now := clock.System.Now() // of this process, whatever time the requests go by
	if s.keys.keys != nil && now.Sub(s.keys.loaded) < reloadKeys {
		return nil, nil //nolint:nilnil // no such key
	}
	if err := s.loadKeys(ctx); err != nil {
		return nil, err
	}
	s.keys.loaded = now
	return s.keys.keys[kid], nil
}

// check verifies a token of a kind. What is wrong with it is errToken; any other error is ours.
func (s *Service) check(ctx context.Context, typ, token string) (*claims, error) {
	var broken error
	c, err := verify(typ, s.issuer, token, clock.Now(ctx), func(kid uuid.UUID) *signingKey {
		var k *signingKey
		k, broken = s.find(ctx, kid)
		return k
	})
	if broken != nil {
		return nil, broken
	}
	return c, err
}

// signer is the key that signs now. There is always one: when the last has had its time, a new one is made.
func (s *Service) signer(ctx context.Context) (*signingKey, error) {
	s.keys.mu.Lock()
	defer s.keys.mu.Unlock()
	now := clock.Now(ctx)
	if k := s.keys.newest(now); k != nil {
		return k, nil
	}
	if err := s.loadKeys(ctx); err != nil {
		return nil, err
	}
	if k := s.keys.newest(now); k != nil {
		return k, nil
	}
	return s.makeKey(ctx, now)
}

// newest is the key with the longest time left to sign.
func (r *keyring) newest(now time.Time) *signingKey {
	var best *signingKey
	for _, k := range r.keys {
		if k.notAfter.After(now) && (best == nil || k.notAfter.After(best.notAfter)) {
			best = k
		}
	}
	return best
}

// loadKeys reads the keys. One whose seal does not open with our secret key is left out: anybody could have put it
// there.
func (s *Service) loadKeys(ctx context.Context) error {
	ctx = s.system(ctx, viewer.KeyKeeper)
	rows, err := db.From(ctx).SigningKey.Query().All(ctx)
	if err != nil {
		return err
	}
	keys := map[uuid.UUID]*signingKey{}
	for _, row := range rows {
		seed, err := s.sealer.Open(row.ID, row.Sealed)
		if err != nil || len(seed) != ed25519.SeedSize {
			s.cfg.Log.WarnContext(ctx, "a signing key does not open with this secret key and is left out", slog.String("kid", row.ID.String()))
			continue
		}
		keys[row.ID] = opened(row, seed)
	}
	s.keys.keys = keys
	return nil
}

// KeysOf counts the installation's signing keys, and those that a secret key opens. Where there are some and it opens
// none, all that is sealed, second factors too, was sealed with another.
func KeysOf(ctx context.Context, d *db.DB, secret []byte) (all, open int, err error) {
	sealer, err := NewSealer(secret)
	if err != nil {
		return 0, 0, err
	}
	rows, err := d.Reader().QueryContext(ctx, `SELECT id, sealed FROM signing_keys`)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id uuid.UUID
		var sealed []byte
		if err := rows.Scan(&id, &sealed); err != nil {
			return 0, 0, err
		}
		all++
		if _, err := sealer.Open(id, sealed); err == nil {
			open++
		}
	}
	return all, open, rows.Err()
}

func opened(row *ent.SigningKey, seed []byte) *signingKey {
	private := ed25519.NewKeyFromSeed(seed)
	return &signingKey{id: row.ID, private: private, public: private.Public().(ed25519.PublicKey), notAfter: row.NotAfter}
}

// makeKey makes the next key and removes those that no token can be signed with any more. Two servers may each make
// one; both are good.
func (s *Service) makeKey(ctx context.Context, now time.Time) (*signingKey, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	var row *ent.SigningKey
	err = s.tx(ctx, viewer.KeyKeeper, func(ctx context.Context) (err error) {
		if _, err = db.From(ctx).SigningKey.Delete().Where(signingkey.NotAfterLT(now.Add(-24 * time.Hour))).Exec(ctx); err != nil {
			return err
		}
		if row, err = db.From(ctx).SigningKey.Create().SetSealed([]byte{}).SetPublic(public).SetNotAfter(now.Add(keyLife)).Save(ctx); err != nil {
			return err
		}
		// the seal needs the id
		row, err = db.From(ctx).SigningKey.UpdateOneID(row.ID).SetSealed(s.sealer.Seal(row.ID, private.Seed())).Save(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	k := opened(row, private.Seed())
	s.keys.keys[k.id] = k
	return k, nil
}
