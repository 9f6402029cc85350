// Package archive writes an installation into one archive and reads it back, on
// either database whichever it came from.
//
// An archive is a zip file:
//
//	tables/<table>.jsonl   the rows of one table, a JSON array each, in one snapshot of the database
//	files/files/<key>      the stored files, wherever they are kept
//	manifest.json          what there is: columns, rows, sizes, SHA-256 of each entry
//
// Values are written the same for both databases: null, booleans and numbers
// as JSON has them; texts, ids and JSON documents as texts; times as RFC 3339 in
// UTC; bytes in base64. The secret key is never in an archive: without it a
// thief of the archive cannot open what is sealed, and neither can its owner.
package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/ent/migrate"
)

// format is the number of the archive's layout.
const format = 1

// manifestName is the archive's table of contents.
const manifestName = "manifest.json"

// Manifest says what an archive holds.
type Manifest struct {
	Format  int       `json:"format"`
	Version string    `json:"version"` // of the program that made it
	Made    time.Time `json:"made"`
	From    string    `json:"from"`   // sqlite or postgres
	Schema  string    `json:"schema"` // fingerprint of all tables and columns
	// Level is how far the database had been migrated. Archives from before it was written down have none.
	Level  *migrate.Level `json:"level,omitempty"`
	Tables []Table        `json:"tables"`
	Files  []File         `json:"files"`
	// Missing tells the reader what is not in here.
	Missing string `json:"missing"`
}

// Rows is how many there are in all tables.
func (m *Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// A Table is the rows of one table.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	Next    int64    `json:"next,omitempty"` // the last number that the table's own counter gave out
	Size    int64    `json:"size"`
	SHA256  string   `json:"sha256"`
}

func (t Table) entry() string { return "tables/" + t.Name + ".jsonl" }

// A File is a stored one.
type File struct {
	Path   string `json:"path"` // folder and key
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func (f File) entry() string { return "files/" + f.Path }

// missing stands in every manifest.
const missing = "The secret key is not in this archive. Keep it apart: HOLDFAST_SECRET_KEY, or secret.key in the data folder."

// folder stands before the keys of stored files.
const folder = "files/"

// key is the file's name in the store.
func (f File) key() string { return strings.TrimPrefix(f.Path, folder) }

// A Progress is told how far the work is: so many of so many rows and files.
type Progress func(done, all int64, what string)

// fingerprint names a schema: all tables with their columns, the same on both
// databases.
func fingerprint(tables []table) string {
	var lines []string
	for _, t := range tables {
		for _, c := range t.columns {
			lines = append(lines, t.name+"."+c.name)
		}
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

// A tally counts and hashes what is written through it.
type tally struct {
	to   io.Writer
	hash hash.Hash
	size int64
}

func newTally(to io.Writer) *tally { return &tally{to: to, hash: sha256.New()} }

func (t *tally) Write(p []byte) (int, error) {
	n, err := t.to.Write(p)
	t.hash.Write(p[:n])
	t.size += int64(n)
	return n, err
}

func (t *tally) sum() string { return hex.EncodeToString(t.hash.Sum(nil)) }
