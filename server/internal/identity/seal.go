package identity

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
)

// secretSize is the length of the installation's secret key in bytes.
const secretSize = 32

// Sealer encrypts what must be kept but not read in the database: signing keys and second-factor secrets. The row's id
// goes into the seal, so that a sealed value is worth nothing in another row.
type Sealer struct {
	aead cipher.AEAD
	mac  []byte // another key, for proofs
	// refresh is the key that refresh tokens are made with.
	refresh []byte
}

// NewSealer derives the sealing key (HKDF-SHA-256) from the installation's secret key of 32 bytes.
func NewSealer(secret []byte) (*Sealer, error) {
	if len(secret) != secretSize {
		return nil, fmt.Errorf("identity: the secret key has %d bytes, not %d", len(secret), secretSize)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, "holdfast sealing key v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	mac, err := hkdf.Key(sha256.New, secret, nil, "holdfast proof key v1", 32)
	if err != nil {
		return nil, err
	}
	refresh, err := hkdf.Key(sha256.New, secret, nil, "holdfast refresh key v1", 32)
	if err != nil {
		return nil, err
	}
	return &Sealer{aead, mac, refresh}, nil
}

// Proof is what only this installation can add to a text.
func (s *Sealer) Proof(text string) string {
	return base64.RawURLEncoding.EncodeToString(Sign(s.mac, []byte(text))[:16])
}

// Seal encrypts for one row.
func (s *Sealer) Seal(row uuid.UUID, plain []byte) []byte {
	nonce := random(s.aead.NonceSize())
	return s.aead.Seal(nonce, nonce, plain, row[:])
}

// Open decrypts what was sealed for this row.
func (s *Sealer) Open(row uuid.UUID, sealed []byte) ([]byte, error) {
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return nil, errors.New("identity: a sealed value is cut short")
	}
	plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], row[:])
	if err != nil {
		return nil, errors.New("identity: a sealed value does not open with this secret key")
	}
	return plain, nil
}

// ParseSecret reads a secret key as it is written in settings and files: 32 bytes in base64.
func ParseSecret(text string) ([]byte, error) {
	text = strings.TrimSpace(text)
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if b, err := enc.DecodeString(text); err == nil && len(b) == secretSize {
			return b, nil
		}
	}
	return nil, fmt.Errorf("identity: the secret key must be %d bytes in base64", secretSize)
}

// SecretFile is where a data folder keeps the secret key.
func SecretFile(dir string) string { return filepath.Join(dir, "secret.key") }

// ReadSecret reads a data folder's secret key; the error is fs.ErrNotExist where there is none.
func ReadSecret(dir string) ([]byte, error) {
	text, err := os.ReadFile(SecretFile(dir))
	if err != nil {
		return nil, err
	}
	return ParseSecret(string(text))
}

// LoadSecret reads a data folder's secret key, and makes it where there is none, readable by its owner alone.
func LoadSecret(dir string) ([]byte, error) {
	if secret, err := ReadSecret(dir); !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	// Written aside and linked into place: of two servers that start at once one makes the key, and both read that.
	aside, err := os.CreateTemp(dir, ".secret-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(aside.Name()) }()
	_, err = fmt.Fprintln(aside, base64.StdEncoding.EncodeToString(random(secretSize)))
	if err = errors.Join(err, aside.Chmod(0o600), aside.Sync(), aside.Close()); err != nil {
		return nil, err
	}
	if err := os.Link(aside.Name(), SecretFile(dir)); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return ReadSecret(dir)
}
