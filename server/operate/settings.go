package operate

import (
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
	"github.com/holdfast-platform/holdfast/server/internal/malware"
)

// ParseSecret reads a secret key as it is written in settings: 32 bytes in base64.
func ParseSecret(text string) ([]byte, error) { return identity.ParseSecret(text) }

// CheckFiles tells what is wrong with the URL of a place for files.
func CheckFiles(where string) error { return blob.Check(where) }

// CheckScanner tells what is wrong with the URL of a scanner.
func CheckScanner(where string) error {
	_, err := malware.New(where)
	return err
}
