package export

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
)

// all reads a whole table, header first.
func all(text string, limits Limits) ([][]string, error) {
	r, err := NewReader(strings.NewReader(text), limits)
	if err != nil {
		return nil, err
	}
	rows := [][]string{r.Header()}
	for {
		_, cells, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, cells)
	}
}

func table(rows [][]string) string {
	var b strings.Builder
	w := NewWriter(&b)
	for _, row := range rows {
		_ = w.Write(row)
	}
	_ = w.Flush()
	return b.String()
}

func TestWrite(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cell, want string }{
		{"plain", "plain"},
		{"", ""},
		{"a,b", `"a,b"`},
		{`say "yes"`, `"say ""yes"""`},
		{"two\r\nlines", "\"two\r\nlines\""},
		{"=1+1", "'=1+1"},
		{"+49 30", "'+49 30"},
		{"-5", "'-5"},
		{"@sum", "'@sum"},
		{"\tx", "'\tx"},
		{"\rx", "\"'\rx\""},
		{"'quoted'", "''quoted'"},
		{"a=b", "a=b"},
		{" spaced ", `" spaced "`},
	} {
		if got := table([][]string{{"x", c.cell}}); got != "x,"+c.want+"\r\n" {
			t.Errorf("%q: wrote %q", c.cell, got)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want [][]string
	}{
		"crlf":             {"a,b\r\n1,2\r\n", [][]string{{"a", "b"}, {"1", "2"}}},
		"lf, no last end":  {"a,b\n1,2", [][]string{{"a", "b"}, {"1", "2"}}},
		"byte order mark":  {"\ufeffa,b\n1,2\n", [][]string{{"a", "b"}, {"1", "2"}}},
		"blank lines":      {"\n\na\n\r\n1\n\n", [][]string{{"a"}, {"1"}}},
		"an empty cell":    {"a\n\"\"\n", [][]string{{"a"}, {""}}},
		"empty last cell":  {"a,b\n1,", [][]string{{"a", "b"}, {"1", ""}}},
		"quoted line ends": {"a\n\"1\r\n2\n3\"\n", [][]string{{"a"}, {"1\r\n2\n3"}}},
		"doubled quotes":   {"a\n\"x\"\"y\"\n", [][]string{{"a"}, {`x"y`}}},
		"apostrophe":       {"a,b,c\n'=1,''x,'0123\n", [][]string{{"a", "b", "c"}, {"=1", "'x", "'0123"}}},
		"no rows":          {"a,b\n", [][]string{{"a", "b"}}},
		"semicolons":       {"a;b\n1,5;2\n", [][]string{{"a", "b"}, {"1,5", "2"}}},
		"tabs":             {"a\tb\n1;2\t\n", [][]string{{"a", "b"}, {"1;2", ""}}},
		"said":             {"sep=;\r\na;b\r\n1;2\r\n", [][]string{{"a", "b"}, {"1", "2"}}},
		"trailing commas":  {"a,b,,\n1,2,,\n,,,\n3,4\n", [][]string{{"a", "b"}, {"1", "2"}, {"3", "4"}}},
		"utf-16":           {"\xff\xfea\x00\n\x00\xe4\x00\n\x00", [][]string{{"a"}, {"ä"}}},
		"utf-16, big":      {"\xfe\xff\x00a\x00\n\x001", [][]string{{"a"}, {"1"}}},
	} {
		got, err := all(c.text, Limits{})
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"nothing":         {"", "header: the table is empty: a header with the columns' names is missing"},
		"only blank":      {"\r\n\n", "header: the table is empty: a header with the columns' names is missing"},
		"no name":         {"a,,c\n", "header, column 2: the column has no name"},
		"twice":           {"a,b,a\n", `header, column 3: the column "a" is there twice`},
		"too few":         {"a,b\n1,2\n1\n", "row 2: 1 cells where the header has 2 columns"},
		"too many":        {"a,b\n1,2,3\n", "row 1: 3 cells where the header has 2 columns"},
		"open quote":      {"a,b\n1,\"2\n", "row 1, column b: a quote is opened and never closed"},
		"quote in middle": {"a,b\n1\"x,2\n", "row 1, column a: a quote inside a cell that is not quoted"},
		"after quote":     {"a,b\n\"1\"x,2\n", "row 1, column a: text after the closing quote"},
		"second quote":    {"a,b\n\"1\" \"2\",2\n", "row 1, column a: text after the closing quote"},
		"bare cr":         {"a,b\n1,2\r3\n", "row 1, column b: a carriage return outside of quotes"},
		"nul":             {"a,b\n1,x\x00y\n", "row 1, column b: a NUL byte"},
		"not utf-8":       {"a,b\n\xff,2\n", "row 1, column a: not valid UTF-8"},
		"rows":            {"a\n1\n2\n3\n4\n", "row 4: more than 3 rows"},
		"columns":         {"a,b,c,d,e\n", "header: more than 4 columns"},
		"cell":            {"a\n" + strings.Repeat("x", 40) + "\n", "row 1, column a: longer than 16 bytes"},
		"quoted cell":     {"a\n\"" + strings.Repeat("x", 40), "row 1, column a: longer than 16 bytes"},
	} {
		_, err := all(c.text, Limits{Rows: 3, Columns: 4, Cell: 16})
		var wrong *Error
		if !errors.As(err, &wrong) || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A row of the wrong length spoils only itself.
func TestReadGoesOn(t *testing.T) {
	t.Parallel()
	r, err := NewReader(strings.NewReader("a,b\n1\n\n3,4\n"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var wrong *Error
	if row, _, err := r.Next(); row != 1 || !errors.As(err, &wrong) || !wrong.Passing {
		t.Errorf("row %d: %v", row, err)
	}
	if row, cells, err := r.Next(); row != 2 || err != nil || cells[1] != "4" {
		t.Errorf("row %d: %q, %v", row, cells, err)
	}
}

// A reader that breaks is not the table's fault, and its error is not swallowed.
func TestReadPassesErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	r, err := NewReader(io.MultiReader(strings.NewReader("a,b\n1,2\n3,"), failing{broken}), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = r.Next(); err != nil {
		t.Fatal(err)
	}
	if _, _, err = r.Next(); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// The rows of a long table are read one by one: nothing but the current one is kept.
func TestReadStreams(t *testing.T) {
	t.Parallel()
	in, out := io.Pipe()
	go func() {
		w := NewWriter(out)
		_ = w.Write([]string{"n", "text"})
		for i := range 50_000 {
			_ = w.Write([]string{fmt.Sprint(i), "line\none"})
		}
		_ = w.Flush()
		_ = out.Close()
	}()
	r, err := NewReader(in, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50_000 {
		row, cells, err := r.Next()
		if err != nil || row != i+1 || cells[0] != fmt.Sprint(i) {
			t.Fatalf("row %d: %d %q %v", i+1, row, cells, err)
		}
	}
	if _, _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
}

// FuzzRead: no input breaks the reader, and what it took, written again, reads back the same.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"a,b\r\n1,2\r\n", "\ufeffname,site\n\"x\"\"y\",'=1\n", "a\n\"\"\n\n", "a,b\n1,\"2\n", "a\n\"1\r\n2\"", "a\r\n\rb", "\xff\xfe",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rows, err := all(text, Limits{Rows: 100, Columns: 20, Cell: 1000})
		if err != nil {
			return
		}
		again, err := all(table(rows), Limits{})
		if err != nil || !reflect.DeepEqual(rows, again) {
			t.Errorf("%q became %q (%v)", rows, again, err)
		}
	})
}

// FuzzGuard: a guarded cell begins with nothing that a spreadsheet runs, and loses nothing.
func FuzzGuard(f *testing.F) {
	for _, seed := range []string{"", "=1", "'", "''", "-x", "a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		guarded := Guard(cell)
		if Unguard(guarded) != cell {
			t.Errorf("%q came back as %q", cell, Unguard(guarded))
		}
		if guarded != "" && strings.ContainsRune("=+-@\t\r", rune(guarded[0])) {
			t.Errorf("%q is not guarded", guarded)
		}
	})
}
