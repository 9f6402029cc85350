package server

import (
	"context"
	"path/filepath"

	"github.com/holdfast-platform/holdfast/server/internal/blob"
)

// CheckFiles tells what is wrong with the URL of a place for files.
func CheckFiles(where string) error { return blob.Check(where) }

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
