package migrate

import "testing"

// An archive names its level by a file's name: both databases have the same files, in the same order, and no name
// twice.
func TestFilesOfBothDatabasesBearTheSameNames(t *testing.T) {
	t.Parallel()
	one, err := listed("sqlite3")
	if err != nil {
		t.Fatal(err)
	}
	two, err := listed("postgres")
	if err != nil || len(one) != len(two) {
		t.Fatalf("SQLite has %d files, PostgreSQL %d: %v", len(one), len(two), err)
	}
	seen := map[string]bool{}
	for i := range one {
		if one[i].name != two[i].name {
			t.Errorf("file %d is %q on SQLite, %q on PostgreSQL", i, one[i].name, two[i].name)
		}
		if seen[one[i].name] {
			t.Errorf("two files are called %q", one[i].name)
		}
		seen[one[i].name] = true
	}
}
