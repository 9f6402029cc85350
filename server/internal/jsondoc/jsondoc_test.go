package jsondoc_test

import (
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/jsondoc"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	for raw, ok := range map[string]bool{
		`{}`:                              true,
		`{"a": {"b": [{"c": 1}]}}`:        true,
		`{"a": {"b": [{"c": []}]}}`:       false,
		`{"a": [[], [], [], [], [], []]}`: true,
		`{"a": `:                          false,
		`{"a": "` + strings.Repeat("x", jsondoc.Largest-9) + `"}`: true,
		`{"a": "` + strings.Repeat("x", jsondoc.Largest-8) + `"}`: false,
	} {
		if err := jsondoc.Check([]byte(raw)); (err == nil) != ok {
			t.Errorf("%.40s (%d bytes): %v", raw, len(raw), err)
		}
	}
}
