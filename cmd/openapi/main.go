// Command openapi writes the API's description as a running server answers it, for those who want the file without a
// server. It makes it from contract.json in the same folder, which it also compresses for the program.
//
//	go run ./cmd/openapi gen/openapi/openapi.json
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/holdfast-platform/holdfast/gen/openapi"
	"github.com/holdfast-platform/holdfast/server"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	if len(os.Args) != 2 {
		return errors.New("usage: openapi FILE")
	}
	if err := zip(filepath.Join(filepath.Dir(os.Args[1]), "contract.json")); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "openapi")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := server.New(ctx, server.Config{DatabaseURL: "sqlite:" + filepath.Join(dir, "openapi.db"), DataDir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/openapi.json", http.NoBody)
	if err != nil {
		return err
	}
	ask.RemoteAddr = "127.0.0.1:1"
	got := &answer{header: http.Header{}, status: http.StatusOK}
	s.Handler().ServeHTTP(got, ask)
	if got.status != http.StatusOK {
		return fmt.Errorf("status %d: %s", got.status, got.body.Bytes())
	}
	var out bytes.Buffer
	if err := json.Indent(&out, got.body.Bytes(), "", "  "); err != nil {
		return err
	}
	out.WriteByte('\n')
	return os.WriteFile(os.Args[1], out.Bytes(), 0o644) //nolint:gosec // the description is for everybody
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// zip compresses the contract's description into openapi.Zipped and the file beside it; one that holds the same is left
// alone.
func zip(file string) error {
	fresh, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if old, err := openapi.Contract(); err == nil && bytes.Equal(old, fresh) {
		return nil
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(fresh); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	openapi.Zipped = out.Bytes()
	return os.WriteFile(file+".gz", openapi.Zipped, 0o644) //nolint:gosec // the description is for everybody
}
