package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// The kinds of random secret; the prefix tells them apart, so that none works in another's place.
const (
	apiTokenPrefix = "hf_pat_"
	refreshPrefix  = "hf_ref_"
	invitePrefix   = "hf_inv_"
)

// shownPrefix is how much of a token stays readable, to tell one from another: the kind and four characters.
const shownPrefix = 4

// newToken makes a secret of 256 random bits.
func newToken(prefix string) string {
	return prefix + base64.RawURLEncoding.EncodeToString(random(32))
}

// hashToken is what is stored of a secret. It has enough randomness to need no salt.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// sameHash compares in constant time.
func sameHash(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// wellFormed tells whether a text can be a secret of a kind, so that nonsense costs no query.
func wellFormed(prefix, token string) bool {
	return strings.HasPrefix(token, prefix) && len(token) == len(prefix)+base64.RawURLEncoding.EncodedLen(32)
}

// CheckSignature tells whether a header such as "sha256=<hex>" signs a body with a secret. No secret signs nothing.
func CheckSignature(secret, body []byte, header string) bool {
	given, ok := strings.CutPrefix(header, "sha256=")
	if !ok || len(secret) == 0 {
		return false
	}
	mac, err := hex.DecodeString(given)
	if err != nil {
		return false
	}
	return hmac.Equal(mac, Sign(secret, body))
}

// Sign is the HMAC-SHA-256 of a body.
func Sign(secret, body []byte) []byte {
	m := hmac.New(sha256.New, secret)
	m.Write(body)
	return m.Sum(nil)
}
