package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/passwordstrength"
)

// What a password costs (OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane).
const (
	argonMemory  = 19 * 1024 // KiB
	argonTime    = 2
	argonThreads = 1
	argonSalt    = 16 // bytes
	argonKey     = 32 // bytes
)

// What a password must be (NIST SP 800-63B), beside hard to guess.
const (
	passwordMin = 12  // characters
	passwordMax = 128 // characters
)

// hashWait is how long a password waits for its turn before the caller is told to come back.
const hashWait = 2 * time.Second

// Hasher hashes passwords, at most two at once: more would take the processor from everybody else.
type Hasher struct {
	turns chan struct{}
	wait  time.Duration
	empty string // a hash that nothing matches, for accounts that do not exist
}

// NewHasher makes a hasher. One serves a process.
func NewHasher() *Hasher {
	h := &Hasher{turns: make(chan struct{}, 2), wait: hashWait}
	h.empty = phc(argonMemory, argonTime, argonThreads, random(argonSalt), random(argonKey))
	return h
}

// Hash is a password's PHC string. It waits for its turn and answers fault.Limited when that takes too long.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.turn(ctx); err != nil {
		return "", err
	}
	defer h.done()
	salt := random(argonSalt)
	key := argon2.IDKey(normal(password), salt, argonTime, argonMemory, argonThreads, argonKey)
	return phc(argonMemory, argonTime, argonThreads, salt, key), nil
}

// Verify tells whether a password is the one of a hash. An empty hash takes the same time and is never right.
func (h *Hasher) Verify(ctx context.Context, password, hash string) (bool, error) {
	if err := h.turn(ctx); err != nil {
		return false, err
	}
	defer h.done()
	if hash == "" {
		hash = h.empty
	}
	memory, passes, lanes, salt, want, err := parsePHC(hash)
	if err != nil {
		return false, err
	}
	got := argon2.IDKey(normal(password), salt, passes, memory, lanes, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

func (h *Hasher) turn(ctx context.Context) error {
	select {
	case h.turns <- struct{}{}:
		return nil
	default:
	}
	t := time.NewTimer(h.wait)
	defer t.Stop()
	select {
	case h.turns <- struct{}{}:
		return nil
	case <-t.C:
		return fault.Limited(time.Second)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Hasher) done() { <-h.turns }

// normal makes the same password the same bytes on every keyboard (RFC 8265, OpaqueString).
func normal(password string) []byte { return norm.NFC.Bytes([]byte(password)) }

func random(n int) []byte {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		panic(err) // rand.Read never fails on the systems that Go knows
	}
	return b
}

func phc(memory, passes uint32, lanes uint8, salt, key []byte) string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, passes, lanes, b.EncodeToString(salt), b.EncodeToString(key))
}

func parsePHC(s string) (memory, passes uint32, lanes uint8, salt, key []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return 0, 0, 0, nil, nil, fmt.Errorf("identity: not an argon2id hash")
	}
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil {
		return 0, 0, 0, nil, nil, fmt.Errorf("identity: argon2id parameters: %w", err)
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return 0, 0, 0, nil, nil, fmt.Errorf("identity: argon2id salt: %w", err)
	}
	if key, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil {
		return 0, 0, 0, nil, nil, fmt.Errorf("identity: argon2id key: %w", err)
	}
	if memory == 0 || memory > 1<<20 || passes == 0 || passes > 64 || lanes == 0 || len(key) < 16 {
		return 0, 0, 0, nil, nil, fmt.Errorf("identity: argon2id parameters out of range")
	}
	return memory, passes, lanes, salt, key, nil
}

// checkPassword refuses a password that is too short, too long or too easy to guess for somebody who knows the person:
// their name, their address, their organisation. The field is what the caller named it; a tenant may ask for more
// characters than everybody.
func checkPassword(field, password string, least int, about ...string) error {
	n, least := utf8.RuneCountInString(norm.NFC.String(password)), max(least, passwordMin)
	switch {
	case n < least:
		return fault.Invalid(field, "must have at least %d characters", least)
	case n > passwordMax:
		return fault.Invalid(field, "must have at most %d characters", passwordMax)
	}
	// The estimate takes longer than linear; what makes a password strong shows in its beginning.
	guess := []rune(password)
	if len(guess) > 64 {
		guess = guess[:64]
	}
	if passwordstrength.Bits(string(guess), ownWords(about)) < passwordstrength.Enough {
		return fault.Invalid(field, "is too easy to guess: take several uncommon words, or something longer")
	}
	return nil
}

// ownWords cuts what is known of a person into the words that a guesser would try.
func ownWords(about []string) []string {
	words := []string{"holdfast"}
	for _, a := range about {
		a = strings.ToLower(a)
		words = append(words, strings.ReplaceAll(a, " ", ""))
		for _, w := range strings.FieldsFunc(a, func(r rune) bool { return strings.ContainsRune(" @._-+,'", r) }) {
			if utf8.RuneCountInString(w) > 2 {
				words = append(words, w)
			}
		}
	}
	return words
}
