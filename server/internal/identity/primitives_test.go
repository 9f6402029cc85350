package identity

import (
	"bytes"
	"context"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

func TestHasher(t *testing.T) {
	t.Parallel()
	ctx, h := context.Background(), NewHasher()
	hash, err := h.Hash(ctx, "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("PHC string: %s", hash)
	}
	for password, want := range map[string]bool{"correct horse battery": true, "correct horse batterx": false, "": false} {
		if ok, err := h.Verify(ctx, password, hash); err != nil || ok != want {
			t.Errorf("%q: %v %v", password, ok, err)
		}
	}
	if ok, err := h.Verify(ctx, "", ""); ok || err != nil {
		t.Errorf("an account without a password let somebody in: %v %v", ok, err)
	}
	// The same word typed with a combining accent.
	composed, _ := h.Hash(ctx, "caf\u00e9 au lait chaud")
	if ok, _ := h.Verify(ctx, "cafe\u0301 au lait chaud", composed); !ok {
		t.Error("two ways to type one password differ")
	}
	for _, bad := range []string{"x", "$argon2i$v=19$m=1,t=1,p=1$AA$AA", "$argon2id$v=19$m=19456,t=2,p=1$!!$AAAA", "$argon2id$v=19$m=99999999,t=2,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA"} {
		if ok, err := h.Verify(ctx, "x", bad); ok || err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestHasherWaits(t *testing.T) {
	t.Parallel()
	h := NewHasher()
	h.wait = 20 * time.Millisecond
	h.turns <- struct{}{}
	h.turns <- struct{}{}
	_, err := h.Hash(context.Background(), "whatever it is")
	if f := fault.Of(err); f == nil || f.Status() != 429 || f.RetryAfter <= 0 {
		t.Fatalf("a third hash at once: %v", err)
	}
	h.done()
	if _, err := h.Hash(context.Background(), "whatever it is"); err != nil {
		t.Fatal(err)
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	about := []string{"Margarethe Quastenflosser", "margarethe.quastenflosser@example.org", "Example Widgets"}
	for password, want := range map[string]bool{
		"short":                        false,
		"elevenchars":                  false,
		"passwordpassword":             false,
		"aaaaaaaaaaaaaaaaaaaa":         false,
		"quastenflosser":               false,
		"margarethequastenflosser":     false,
		"tundra-velvet-oboe-42":        true,
		"a sofa beneath nine lanterns": true,
		strings.Repeat("Zq7!", 33):     false, // 132
		"größenwahn-im-äther-9":        true,
	} {
		err := checkPassword("password", password, 0, about...)
		if (err == nil) != want {
			t.Errorf("%q: %v", password, err)
		}
		if err != nil && fault.Of(err).Fields["password"] == "" {
			t.Errorf("%q: no message at the field: %v", password, err)
		}
	}
}

func TestLongerPasswords(t *testing.T) {
	t.Parallel()
	if err := checkPassword("password", "tundra-velvet-oboe-42", 30); err == nil {
		t.Error("a tenant's own minimum does not count")
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	a, b := newToken(apiTokenPrefix), newToken(apiTokenPrefix)
	if a == b || !wellFormed(apiTokenPrefix, a) || wellFormed(refreshPrefix, a) || wellFormed(apiTokenPrefix, a+"x") {
		t.Error(a, b)
	}
	if !sameHash(hashToken(a), hashToken(a)) || sameHash(hashToken(a), hashToken(b)) || len(hashToken(a)) != 64 {
		t.Error("hashes")
	}
}

func TestSignature(t *testing.T) {
	t.Parallel()
	secret, body := []byte("s3cret"), []byte(`{"a":1}`)
	good := "sha256=" + hex.EncodeToString(Sign(secret, body))
	for header, want := range map[string]bool{good: true, strings.ToUpper(good): false, good[:len(good)-2]: false, "sha256=zz": false, "": false, good[7:]: false} {
		if CheckSignature(secret, body, header) != want {
			t.Errorf("%q", header)
		}
	}
	if CheckSignature(nil, body, "sha256="+hex.EncodeToString(Sign(nil, body))) {
		t.Error("an unset secret opened the door")
	}
	if CheckSignature(secret, []byte(`{"a":2}`), good) {
		t.Error("another body")
	}
}

func TestSealer(t *testing.T) {
	t.Parallel()
	s, err := NewSealer(random(32))
	if err != nil {
		t.Fatal(err)
	}
	row, plain := uuid.New(), []byte("seed")
	sealed := s.Seal(row, plain)
	if bytes.Contains(sealed, plain) || bytes.Equal(sealed, s.Seal(row, plain)) {
		t.Error("the seal shows something")
	}
	if got, err := s.Open(row, sealed); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := s.Open(uuid.New(), sealed); err == nil {
		t.Error("a sealed value worked in another row")
	}
	sealed[len(sealed)-1] ^= 1
	if _, err := s.Open(row, sealed); err == nil {
		t.Error("a changed value opened")
	}
	if _, err := s.Open(row, []byte("x")); err == nil {
		t.Error("a short value opened")
	}
	if _, err := NewSealer([]byte("short")); err == nil {
		t.Error("a short key was taken")
	}
}

// TestNetwork: attempts are counted by whom an address belongs to.
func TestNetwork(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "::ffff:192.0.2.7", "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64",
		"2001:db8:1:2::": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "pipe": "pipe",
	} {
		if got := network(ip); got != want {
			t.Errorf("%s is counted as %s, want %s", ip, got, want)
		}
	}
}

func TestLoadSecret(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first, err := LoadSecret(dir)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "secret.key"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if again, err := LoadSecret(dir); err != nil || !bytes.Equal(first, again) {
		t.Errorf("another key at the second start: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".secret-*")); len(left) > 0 {
		t.Error(left)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret.key"), []byte("AAAA"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSecret(dir); err == nil {
		t.Error("a short key was taken")
	}
}

func TestTOTP(t *testing.T) {
	t.Parallel()
	secret, url, err := newTOTP("kim@example.org")
	if err != nil || !strings.HasPrefix(url, "otpauth://totp/Holdfast:kim@example.org?") || !strings.Contains(url, "secret="+secret) {
		t.Fatal(url, err)
	}
	at := time.Date(2026, 3, 1, 12, 0, 10, 0, time.UTC)
	for shift, want := range map[time.Duration]bool{0: true, -30 * time.Second: true, 30 * time.Second: true, -60 * time.Second: false, 60 * time.Second: false} {
		code, err := totp.GenerateCode(secret, at.Add(shift))
		if err != nil {
			t.Fatal(err)
		}
		step := totpStep(secret, code, at, 0)
		if (step != 0) != want {
			t.Errorf("%v: %d", shift, step)
		}
		if step != 0 && totpStep(secret, code, at, step) != 0 {
			t.Errorf("%v: the code was good twice", shift)
		}
	}
	for _, bad := range []string{"", "12345", "abcdef", "1234567"} {
		if totpStep(secret, bad, at, 0) != 0 {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	shown, hashed := newRecoveryCodes()
	if len(shown) != recoveryCount || len(hashed) != recoveryCount {
		t.Fatal(shown)
	}
	typed := strings.ToUpper(strings.ReplaceAll(shown[3], "-", " "))
	rest, ok := takeRecoveryCode(hashed, typed)
	if !ok || len(rest) != recoveryCount-1 {
		t.Fatalf("%q: %v", typed, ok)
	}
	if _, ok := takeRecoveryCode(rest, shown[3]); ok {
		t.Error("a code was good twice")
	}
	if _, ok := takeRecoveryCode(rest, ""); ok {
		t.Error("nothing is no code")
	}
}

func TestCheckMethod(t *testing.T) {
	t.Parallel()
	s := &Service{cfg: Config{Domains: []Domain{{Name: "sso.example.org", Method: "sso", Tenant: "acme"}}}}
	for name, want := range map[string]string{
		"kim@sso.example.org": "sso", "KIM@SSO.Example.org": "sso", "kim@example.org": "password", "kim@not-sso.example.org": "password", "kim": "password",
	} {
		if got, err := s.CheckMethod(name); err != nil || got != want {
			t.Errorf("%s: %s %v", name, got, err)
		}
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]rate{"5/minute": {5, time.Minute}, " 10/second": {10, time.Second}, "1/hour": {1, time.Hour}, "100/day": {100, 24 * time.Hour}} {
		if got, err := parseRate(text); err != nil || got != want {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, bad := range []string{"", "5", "0/minute", "-1/minute", "5/week", "x/minute", "5/minute/x"} {
		if _, err := parseRate(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ scopes, permissions, want string }{
		{"*", "assets:read sites:*", "assets:read sites:*"}, {"assets:*", "*", "assets:*"}, {"assets:*", "assets:read sites:read", "assets:read"},
		{"assets:read", "assets:*", "assets:read"}, {"assets:read", "sites:*", ""}, {"assets:read sites:read", "sites:read", "sites:read"}, {"*", "*", "*"}, {"", "*", ""},
	} {
		if got := strings.Join(within(strings.Fields(c.scopes), strings.Fields(c.permissions)), " "); got != c.want {
			t.Errorf("%q within %q: %q, want %q", c.scopes, c.permissions, got, c.want)
		}
	}
}

func TestSlugs(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Größe & Co. KG": "grosse-co-kg", "A": "tenant-a", "": "tenant", "日本": "", "  Ünïted  Widgets  ": "united-widgets", strings.Repeat("long name ", 9): "",
	} {
		got := slugOf(name)
		if want != "" && got != want || len(got) < 3 || len(got) > 33 || strings.Trim(got, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q: %q", name, got)
		}
	}
}
