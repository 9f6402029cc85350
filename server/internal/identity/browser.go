package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/loginsession"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// A browser keeps, sealed, which accounts have signed in by it. That opens nothing: it only tells the owner of an
// account, who may have forgotten the password, from strangers who guess it.

// browserPeople is how many accounts a browser is known by at most.
const browserPeople = 8

// browserRow goes into the seal.
var browserRow = uuid.NewSHA1(uuid.NameSpaceURL, []byte("holdfast known browser"))

// known is what a browser keeps.
type known struct {
	Browser string      `json:"b"`
	People  []uuid.UUID `json:"p"` // the last one first
}

type browserKey struct{}

// FromBrowser puts what the caller's browser keeps into the context.
func FromBrowser(ctx context.Context, kept string) context.Context {
	return context.WithValue(ctx, browserKey{}, kept)
}

// kept opens it; what does not open is nothing.
func (s *Service) kept(ctx context.Context) (k known) {
	text, _ := ctx.Value(browserKey{}).(string)
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || text == "" {
		return known{}
	}
	plain, err := s.sealer.Open(browserRow, sealed)
	if err != nil || json.Unmarshal(plain, &k) != nil {
		return known{}
	}
	return k
}

// knownBrowser tells whether somebody has signed in by the caller's browser before, and what to count it by.
func (s *Service) knownBrowser(ctx context.Context, person uuid.UUID) (browser string, yes bool) {
	k := s.kept(ctx)
	return k.Browser, slices.Contains(k.People, person)
}

// RememberBrowser is what the caller's browser is to keep now that somebody has signed in by it; empty where it does so
// already.
func (s *Service) RememberBrowser(ctx context.Context, person uuid.UUID) (string, error) {
	k := s.kept(ctx)
	if slices.Contains(k.People, person) {
		return "", nil
	}
	if k.Browser == "" {
		k.Browser = newToken("")
	}
	k.People = append([]uuid.UUID{person}, k.People...)
	k.People = k.People[:min(len(k.People), browserPeople)]
	plain, err := json.Marshal(k)
	return base64.RawURLEncoding.EncodeToString(s.sealer.Seal(browserRow, plain)), err
}

// networkSessions is how many of an account's sessions are looked through.
const networkSessions = 50

// knownNetwork tells whether somebody has signed in, or used a session, from the caller's network before.
func (s *Service) knownNetwork(ctx context.Context, person uuid.UUID) (bool, error) {
	ip := viewer.CallOf(ctx).IP
	if ip == "" {
		return false, nil
	}
	rows, err := db.From(ctx).LoginSession.Query().Where(loginsession.UserID(person), loginsession.ParentIsNil()).
		Order(loginsession.ByID(entsql.OrderDesc())).Limit(networkSessions).All(ctx)
	if err != nil {
		return false, err
	}
	for _, r := range rows {
		if r.IP != nil && network(*r.IP) == network(ip) {
			return true, nil
		}
	}
	return false, nil
}
