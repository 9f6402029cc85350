package openapi_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/holdfast-platform/holdfast/gen/openapi"
)

// TestContract holds the compressed file against the one that is read.
func TestContract(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("contract.json")
	if err != nil {
		t.Fatal(err)
	}
	got, err := openapi.Contract()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("contract.json.gz is not contract.json: run go run ./cmd/openapi gen/openapi/openapi.json")
	}
}
