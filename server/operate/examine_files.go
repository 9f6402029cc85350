package operate

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/malware"
)

// reachFor is how long what is looked at over the network may take.
const reachFor = 20 * time.Second

// files tries whether files can be stored, read and deleted.
func (e *examination) files(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, reachFor)
	defer cancel()
	where, err := e.cfg.FilesURL()
	if err != nil {
		e.note("files", Failure, "%v", err)
		return
	}
	if dir := blob.Dir(where); dir != "" {
		info, err := os.Stat(dir)
		if errors.Is(err, os.ErrNotExist) {
			e.note("files", Warning, "%s does not exist yet: the first start makes it", dir)
			return
		}
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			e.note("files", Warning, "%s is open to other users of this machine (mode %04o): chmod 700", dir, info.Mode().Perm())
		}
	}
	store, err := blob.Open(ctx, where)
	if err != nil {
		e.note("files", Failure, "%v", err)
		return
	}
	defer func() { _ = store.Close() }()
	if err := store.Try(ctx, "doctor/"+uuid.NewString()); err != nil {
		e.note("files", Failure, "%s does not keep files: %v", store.Name(), err)
		return
	}
	e.note("files", Good, "%s keeps files", store.Name())
}

// scanner asks the daemon that judges attachments, where there is one.
func (e *examination) scanner(ctx context.Context) {
	if e.cfg.ScannerURL == "" {
		return
	}
	s, err := malware.New(e.cfg.ScannerURL)
	if err == nil {
		err = s.Ping(ctx)
	}
	if err != nil {
		e.note("scanner", Failure, "no attachment is taken while %s does not answer: %v", e.cfg.ScannerURL, err)
		return
	}
	e.note("scanner", Good, "%s judges attachments", e.cfg.ScannerURL)
}
