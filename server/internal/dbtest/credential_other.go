//go:build !unix

package dbtest

import (
	"errors"
	"os"
	"os/exec"
)

// A credential is the user that the server runs as.
type credential struct{}

// unprivileged fails: a server is started on Unix only.
func unprivileged() (credential, error) {
	return credential{}, errors.New("PostgreSQL is started for tests on Unix only: set " + Variable)
}

func (credential) run(*exec.Cmd) {}

func (credential) own(...string) error { return nil }

func temporary(credential) string { return os.TempDir() }
