// Command openapi writes the API's description as a running server answers it, for those who want the file without a server. It makes it
// from contract.json in the same folder, which it also compresses for the program.
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
	"net/http/httptest"
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
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, "/api/v1/openapi.json", nil))
	if answer.Code != http.StatusOK {
		return fmt.Errorf("status %d: %s", answer.Code, answer.Body)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, answer.Body.Bytes(), "", "  "); err != nil {
		return err
	}
	out.WriteByte('\n')
	return os.WriteFile(os.Args[1], out.Bytes(), 0o644) //nolint:gosec // the description is for everybody
}

// zip compresses the contract's description into openapi.Zipped and the file beside it; one that holds the same is left alone.
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
