package identity

import (
	"net/url"
	"strings"
	"testing"
)

// FuzzTarget: whatever is asked for, what is answered stays a page of the public address, for whoever reads it: Go, a
// browser, which takes backslashes for slashes and drops control characters, and somebody who decodes it.
func FuzzTarget(f *testing.F) {
	for _, s := range []string{"/", "/assets?x=1#y", "//evil", `/\evil`, "https:evil", "/%2f%2fevil", "https://desk.test/x", "https://desk.test@evil/", "/a/../..//evil", "/%09/evil", "/?//evil", "/#//evil", "/api/v1", "/x/%2e%2e/%2fevil"} {
		f.Add(s)
	}
	const public = "https://desk.test"
	f.Fuzz(func(t *testing.T, given string) {
		path, ok := Target(public, given)
		if !ok {
			if path != "" {
				t.Fatalf("%q is refused, and answered %q", given, path)
			}
			return
		}
		if len(path) == 0 || path[0] != '/' || len(path) > targetSize {
			t.Fatalf("%q becomes %q", given, path)
		}
		if again, ok := Target(public, path); !ok || again != path {
			t.Fatalf("%q becomes %q, which becomes %q, %v", given, path, again, ok)
		}
		for _, seen := range []string{path, dropped(path)} {
			// Alone, as an address beside the one that it stands on, and behind the public one.
			base, err := url.Parse(public + "/signin")
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{seen, public + seen} {
				u, err := base.Parse(text)
				if err != nil {
					t.Fatalf("%q becomes %q: %v", given, path, err)
				}
				if u.Scheme != "https" || u.Host != "desk.test" || u.User != nil {
					t.Fatalf("%q becomes %q, which is at %s", given, path, u)
				}
				if clean := strings.ToLower(u.Path); clean == "/api" || strings.HasPrefix(clean, "/api/") {
					t.Fatalf("%q becomes %q, a call of the API", given, path)
				}
			}
		}
		if plain, err := url.PathUnescape(strings.SplitN(strings.SplitN(path, "?", 2)[0], "#", 2)[0]); err != nil || strings.HasPrefix(plain, "//") || strings.HasPrefix(plain, `/\`) {
			t.Fatalf("%q becomes %q, which somebody reads as %q", given, path, plain)
		}
	})
}

// dropped is an address as browsers read it.
func dropped(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' {
			return -1
		}
		if r == '\\' {
			return '/'
		}
		return r
	}, s)
	return strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
}

// TestTargetWithoutAPublicAddress: paths only.
func TestTargetWithoutAPublicAddress(t *testing.T) {
	t.Parallel()
	for given, ok := range map[string]bool{"": true, "/x": true, "https://x": false, "x": false} {
		if _, got := Target("", given); got != ok {
			t.Errorf("%q: %v", given, got)
		}
	}
}
