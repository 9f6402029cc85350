package housetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var (
	anyID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	anyHash = regexp.MustCompile(`\b[0-9a-f]{64}\b`)
	anyTime = regexp.MustCompile(`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
)

// Golden holds a JSON body against testdata/<name>.json. Ids are numbered in the order in which they appear, and times
// and hashes are left out, so that both databases must give the same text. A missing file is written, and fails the
// test once; to renew one, delete it.
func Golden(t testing.TB, name string, body []byte) {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, bytes.TrimSpace(body), "", "  "); err != nil {
		t.Errorf("%s: %v: %s", name, err, body)
		return
	}
	pretty.WriteByte('\n')
	ids := map[string]string{}
	text := anyID.ReplaceAllFunc(pretty.Bytes(), func(id []byte) []byte {
		if ids[string(id)] == "" {
			ids[string(id)] = fmt.Sprintf("<id %d>", len(ids)+1)
		}
		return []byte(ids[string(id)])
	})
	text = anyHash.ReplaceAll(text, []byte("<hash>"))
	text = anyTime.ReplaceAll(text, []byte("<time>"))
	file := filepath.Join("testdata", name+".json")
	want, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err := errors.Join(os.MkdirAll("testdata", 0o750), os.WriteFile(file, text, 0o600)); err != nil {
			t.Fatal(err)
		}
		t.Errorf("%s was missing and has been written: read it, then run the test again", file)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, text, want)
	}
}
