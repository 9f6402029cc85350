package identity

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// How long tokens live.
const (
	accessLife  = 15 * time.Minute
	mfaLife     = FactorLife
	resetLife   = time.Hour
	refreshLife = 7 * 24 * time.Hour
	familyLife  = 30 * 24 * time.Hour
	keyLife     = 90 * 24 * time.Hour
)

// FactorLife is how long a sign-in waits for its second factor.
const FactorLife = 5 * time.Minute

// The kinds of signed token (RFC 9068 names the first). Each is good for its own purpose only.
const (
	typAccess = "at+jwt"
	typMFA    = "mfa+jwt"
	typEnroll = "enroll+jwt"
	typReset  = "reset+jwt"
)

// audience is who the tokens are for.
const audience = "holdfast"

// claims are what a signed token says.
type claims struct {
	jwt.RegisteredClaims
	Tenant  uuid.UUID `json:"tid"`
	Session uuid.UUID `json:"sid"`
	Version int32     `json:"tv"`
}

// user is who the token is about.
func (c *claims) user() uuid.UUID {
	id, err := uuid.Parse(c.Subject)
	if err != nil {
		return uuid.Nil
	}
	return id
}

// signingKey is one key, opened.
type signingKey struct {
	id       uuid.UUID
	public   ed25519.PublicKey
	private  ed25519.PrivateKey // nil for a key whose seal does not open
	notAfter time.Time
}

// sign makes a token. Its life is that of its kind.
func (k *signingKey) sign(typ, issuer string, at time.Time, life time.Duration, c claims) (string, error) {
	c.RegisteredClaims = jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: c.Subject, ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(at), NotBefore: jwt.NewNumericDate(at.Add(-leeway)), ExpiresAt: jwt.NewNumericDate(at.Add(life)),
	}
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c)
	t.Header["typ"], t.Header["kid"] = typ, k.id.String()
	return t.SignedString(k.private)
}

// leeway is how far the clocks of several servers may differ.
const leeway = 5 * time.Second

// errToken is every reason not to accept a token.
var errToken = errors.New("identity: not a valid token")

// verify checks signature, algorithm, kind, issuer, audience and times. find gives the key of a kid, or nil.
func verify(typ, issuer, token string, at time.Time, find func(kid uuid.UUID) *signingKey) (*claims, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		if t.Header["typ"] != typ {
			return nil, errToken
		}
		kid, _ := t.Header["kid"].(string)
		id, err := uuid.Parse(kid)
		if err != nil {
			return nil, errToken
		}
		k := find(id)
		if k == nil || at.After(k.notAfter.Add(accessLife)) && typ == typAccess || at.After(k.notAfter.Add(resetLife)) {
			return nil, errToken
		}
		return k.public, nil
	},
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(func() time.Time { return at }), jwt.WithStrictDecoding())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errToken, err)
	}
	if c.user() == uuid.Nil {
		return nil, errToken
	}
	return &c, nil
}
