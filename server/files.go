package server

import (
	"context"
	"path/filepath"

	"github.com/holdfast-platform/holdfast/server/attachments"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/malware"
)

// CheckFiles tells what is wrong with the URL of a place for files.
func CheckFiles(where string) error { return blob.Check(where) }

// CheckScanner tells what is wrong with the URL of a scanner.
func CheckScanner(where string) error {
	_, err := malware.New(where)
	return err
}

// attachmentLimit is the size of the largest attachment where nobody says another.
const attachmentLimit = 25 << 20

// attachments is the room of files, as the settings want it.
func (h *house) attachments() (attachments.Service, error) {
	s := attachments.Service{Files: h.files, Limit: h.cfg.AttachmentLimit, Detach: h.detacher(), Log: h.cfg.Log}
	if s.Limit == 0 {
		s.Limit = attachmentLimit
	}
	if h.cfg.ScannerURL == "" {
		return s, nil
	}
	var err error
	s.Scanner, err = malware.New(h.cfg.ScannerURL)
	return s, err
}

// detacher takes away what hangs on records.
func (h *house) detacher() dependents.Detacher {
	return dependents.Detacher{Store: h.files, Log: h.cfg.Log}
}

// Sweep removes stored files that no record names and that are older than any upload takes. A running server does it every hour.
func (s *Server) Sweep(ctx context.Context) error {
	room, err := s.house.attachments()
	if err != nil {
		return err
	}
	return room.Sweep(ctx)
}

// filesURL is where the files of an installation are.
func filesURL(cfg Config) (string, error) {
	if cfg.Files != "" {
		return cfg.Files, nil
	}
	return blob.Folder(filepath.Join(cfg.DataDir, "files"))
}

func openFiles(ctx context.Context, cfg Config) (*blob.Store, error) {
	where, err := filesURL(cfg)
	if err != nil {
		return nil, err
	}
	return blob.Open(ctx, where)
}
