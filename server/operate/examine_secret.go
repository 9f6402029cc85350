package operate

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

func (e *examination) secretKey() {
	if e.cfg.SecretKey != nil {
		e.note("secret key", Good, "given by the settings")
		return
	}
	name := identity.SecretFile(e.cfg.DataDir)
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		e.note("secret key", Warning, "%s does not exist yet: the first start makes it", name)
	case err != nil:
		e.note("secret key", Failure, "%s cannot be read", name)
	case info.Mode().Perm()&0o077 != 0:
		e.note("secret key", Failure, "%s is open to other users of this machine (mode %04o): chmod 600", name, info.Mode().Perm())
	case strings.HasPrefix(e.cfg.DatabaseURL, "sqlite:"):
		e.note("secret key", Good, "%s; no backup holds it, keep a copy apart", name)
	default:
		e.note("secret key", Good, "%s; several servers on one database need the same, and no backup holds it", name)
	}
}

// sealed tries the secret key on what is sealed in the database.
func (e *examination) sealed(ctx context.Context, d *db.DB) {
	secret := e.cfg.SecretKey
	if secret == nil {
		var err error
		secret, err = identity.ReadSecret(e.cfg.DataDir)
		if errors.Is(err, fs.ErrNotExist) {
			secret = make([]byte, 32) // opens nothing
		} else if err != nil {
			e.note("secret key", Failure, "%v", err)
			return
		}
	}
	all, open, err := identity.KeysOf(ctx, d, secret)
	switch {
	case err != nil:
		e.note("secret key", Failure, "what it sealed cannot be read: %v", err)
	case all > 0 && open == 0:
		e.note("secret key", Failure, "it does not open what is sealed in the database: put back the one that the database was used with")
	case open < all:
		e.note("secret key", Warning, "%d of %d signing keys are sealed with another: all servers on one database need the same", all-open, all)
	}
}
