package attachments

import (
	"mime"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/holdfast-platform/holdfast/server/internal/filedownload"
)

func TestNamesAreCleaned(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"screenshot.png":                     "screenshot.png",
		"Prüfbericht 2026.pdf":               "Prüfbericht 2026.pdf",
		"../../etc/passwd":                   "passwd",
		`C:\Users\ada\Desktop\proof.png`:     "proof.png",
		"a/b\\c.txt":                         "c.txt",
		"/":                                  "",
		"..":                                 "",
		" . name . ":                         "name",
		".htaccess":                          "htaccess",
		"line\r\nbreak\x00.txt":              "line break.txt",
		"Set-Cookie: a=b\r\n\r\n<html>.txt":  "Set-Cookie_ a=b _html_.txt",
		"quo\"te's`.csv":                     "quo_te_s_.csv",
		"100%22.md":                          "100%22.md",
		"gpj.\u202eexe.png":                  "gpj.exe.png",
		"\u200f\u2066hidden\u2069\ufeff.txt": "hidden.txt",
		"tab\tand\u2028line.txt":             "tab and line.txt",
		"what<is>this|now?*:.txt":            "what_is_this_now___.txt",
		"CON":                                "_CON",
		"nul.txt":                            "_nul.txt",
		"com1 .tar.gz":                       "_com1 .tar.gz",
		"lpt¹.md":                            "_lpt¹.md",
		"console.txt":                        "console.txt",
		"bad\xff\xfeutf8.txt":                "badutf8.txt",
		"日本語の証拠.png":                         "日本語の証拠.png",
		"👩\u200d💻.png":                       "👩\u200d💻.png",
		"e\u0301.txt":                        "é.txt",
		strings.Repeat("x", 300) + ".json":   strings.Repeat("x", 175) + ".json",
		strings.Repeat("ü", 300) + ".txt":    strings.Repeat("ü", 88) + ".txt",
		"x." + strings.Repeat("y", 300):      "x." + strings.Repeat("y", 178),
	} {
		if got := clean(given); got != want {
			t.Errorf("%q becomes %q, want %q", given, got, want)
		}
	}
}

func TestNamesEndAsTheContent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ mediaType, given, want string }{
		{"image/png", "a.png", "a.png"},
		{"image/png", "a.PNG", "a.PNG"},
		{"image/png", "a.exe", "a.exe.png"},
		{"image/png", "", "file.png"},
		{"image/jpeg", "photo.jpeg", "photo.jpeg"},
		{"image/jpeg", "photo", "photo.jpg"},
		{"text/plain", "README", "README"},
		{"text/plain", "main.go", "main.go"},
		{"text/plain", "page.html", "page.html.txt"},
		{"text/plain", "run.BAT", "run.BAT.txt"},
		{"text/csv", "table.xls", "table.xls.csv"},
		{"application/zip", "../.zip", "zip.zip"},
		{"application/zip", strings.Repeat("z", 300), strings.Repeat("z", 180) + ".zip"},
	} {
		if got := named(c.given, byType(c.mediaType)); got != c.want {
			t.Errorf("%q of %s is kept as %q, want %q", c.given, c.mediaType, got, c.want)
		}
	}
}

func TestDisposition(t *testing.T) {
	t.Parallel()
	if got, want := filedownload.Disposition(`Größe 50%; "a" 証拠.png`), `attachment; filename="Gr__e 50__ _a_ __.png"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%2050%25%3B%20%22a%22%20%E8%A8%BC%E6%8B%A0.png`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzNames(f *testing.F) {
	for _, name := range []string{"a.png", "../../x", `C:\x`, "\u202egnp.exe", "con.txt", "a\r\nb", "\xff", strings.Repeat("é", 200), "..", "%22%0D%0A.md", "a\u0301\u0301\u0301", "CON.\u202e"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, given string) {
		name := clean(given)
		switch {
		case !utf8.ValidString(name):
			t.Fatalf("%q is no UTF-8", name)
		case len(name) > longestName+1:
			t.Fatalf("%q has %d bytes", name, len(name))
		case strings.ContainsAny(name, "/\\\x00\r\n\"<>:|?*"):
			t.Fatalf("%q holds what a name must not", name)
		case strings.Trim(name, " .") != name:
			t.Fatalf("%q begins or ends with a space or dot", name)
		}
		for _, c := range name {
			if unicode.IsControl(c) || unicode.In(c, unicode.Bidi_Control, unicode.Zl, unicode.Zp) {
				t.Fatalf("%q holds %U", name, c)
			}
		}
		base, _, _ := strings.Cut(name, ".")
		if slices.Contains(devices, strings.ToUpper(strings.TrimSpace(base))) {
			t.Fatalf("%q is a device of Windows", name)
		}
		if again := clean(name); again != name {
			t.Fatalf("%q becomes %q the second time", name, again)
		}
		for _, k := range kinds {
			kept := named(given, k)
			if ending := strings.ToLower(strings.TrimPrefix(path.Ext(kept), ".")); !slices.Contains(k.endings, ending) && !k.bare || len(kept) > 200 || kept == "" {
				t.Fatalf("%q is kept as %q", given, kept)
			}
			kind, params, err := mime.ParseMediaType(filedownload.Disposition(kept))
			if err != nil || kind != "attachment" || params["filename"] != kept {
				t.Fatalf("the header of %q says %q, %q, %v", kept, kind, params, err)
			}
		}
	})
}
