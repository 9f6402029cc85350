//go:build conformance

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSuite runs the whole Connect conformance suite against this server. The suite is a program of a module of its own
// (suite/go.mod), so that its dependencies stay out of ours; the first run builds it. There are no known failures.
//
//	go test -tags conformance ./server/internal/rpc/conformance
func TestSuite(t *testing.T) {
	dir := t.TempDir()
	run := func(in, name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = in
		cmd.Env = append(os.Environ(), "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, tail(string(out)))
		}
		return string(out)
	}
	suite, server := filepath.Join(dir, "suite"), filepath.Join(dir, "server")
	run("suite", "go", "build", "-o", suite, "connectrpc.com/conformance/cmd/connectconformance")
	run(".", "go", "build", "-o", server, ".")
	out := run(".", suite, "--mode", "server", "--conf", "config.yaml", server)
	if !strings.Contains(out, " 0 failed") {
		t.Error(tail(out))
	}
	t.Log(tail(out))
}

// tail is the end of a long output.
func tail(s string) string {
	if len(s) > 4000 {
		return "…" + s[len(s)-4000:]
	}
	return s
}
