package reviewreport

import "testing"

// TestReferences: character references are decoded only as CommonMark says.
func TestReferences(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"x &copy y; z": "x &copy y; z", "&copy;": "©", "&#169; &#xa9;": "© ©", "&copyx;": "&copyx;", "&amp;": "&", `\&copy;`: "&copy;", "a & b;": "a & b;",
	} {
		if got := resolve(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
