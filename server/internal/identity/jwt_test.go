package identity

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

func testKey(t *testing.T) *signingKey {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &signingKey{id: uuid.New(), public: public, private: private, notAfter: at.Add(keyLife)}
}

var at = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestJWT(t *testing.T) {
	t.Parallel()
	k, other := testKey(t), testKey(t)
	find := func(kid uuid.UUID) *signingKey {
		if kid == k.id {
			return k
		}
		return nil
	}
	who := claims{Tenant: uuid.New(), Session: uuid.New(), Version: 3}
	who.Subject = uuid.NewString()
	make1 := func(k *signingKey, typ, iss string) string {
		s, err := k.sign(typ, iss, at, accessLife, who)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	good := make1(k, typAccess, "here")
	c, err := verify(typAccess, "here", good, at, find)
	if err != nil || c.Tenant != who.Tenant || c.Session != who.Session || c.Version != 3 || c.Subject != who.Subject {
		t.Fatalf("%+v %v", c, err)
	}
	parts := strings.Split(good, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"at+jwt","kid":"` + k.id.String() + `"}`))
	hs := jwt.NewWithClaims(jwt.SigningMethodHS256, who)
	hs.Header["typ"], hs.Header["kid"] = typAccess, k.id.String()
	confused, _ := hs.SignedString([]byte(k.public))
	forged := *other
	forged.id = k.id
	for name, token := range map[string]string{
		"another kind": make1(k, typMFA, "here"), "another issuer": make1(k, typAccess, "there"), "an unknown key": make1(other, typAccess, "here"),
		"another's signature": make1(&forged, typAccess, "here"), "no algorithm": none + "." + parts[1] + ".", "the public key as a secret": confused,
		"a cut one": good[:len(good)-4], "nothing": "", "noise": "a.b.c",
	} {
		if _, err := verify(typAccess, "here", token, at, find); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	for when, want := range map[time.Duration]bool{-time.Minute: false, 14 * time.Minute: true, 16 * time.Minute: false} {
		if _, err := verify(typAccess, "here", good, at.Add(when), find); (err == nil) != want {
			t.Errorf("%v: %v", when, err)
		}
	}
	k.notAfter = at.Add(-time.Minute)
	if _, err := verify(typAccess, "here", good, at, find); err != nil {
		t.Errorf("a retired key must be accepted one token life more: %v", err)
	}
	k.notAfter = at.Add(-accessLife - time.Minute)
	if _, err := verify(typAccess, "here", good, at, find); err == nil {
		t.Error("a key long retired was accepted")
	}
}
