package searchindex

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              "",
		" .,-_! ":                       "",
		"Mail server, Zürich":           "mail server zurich",
		"ZU\u0308RICH zürich":           "zurich",
		"Straße STRASSE":                "strasse",
		"Łódź Ærø œuvre İstanbul ılık":  "lodz aero oeuvre istanbul ilik",
		"CVE-2024-31497":                "cve 2024 31497",
		"10.0.0.12":                     "10 0 12",
		"fe80::1ff:fe23:4567:890a":      "fe80 1ff fe23 4567 890a",
		"AST-12 web01.example.com":      "ast 12 web01 example com",
		"ΣΊΣΥΦΟΣ σίσυφος":               "σισυφοσ",
		"ﬁle №5 x²":                     "file no5 x2",
		"東京 都庁":                         "東京 都庁",
		"one\x00two\xfftwo":             "one two",
		"don't":                         "don t",
		"a'b\"c*d:e(f) OR NOT NEAR a&b": "a b c d e f or not near",
	} {
		if got := strings.Join(Tokens(text), " "); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestHangulIsFoundInBothForms(t *testing.T) {
	t.Parallel()
	if a, b := Tokens("서울"), Tokens("\u1109\u1165\u110b\u116e\u11af"); !slices.Equal(a, b) || len(a) != 1 {
		t.Errorf("%q and %q differ", a, b)
	}
}

func TestTokenLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 100)
	if got := Tokens(long); len(got) != 1 || got[0] != strings.Repeat("a", MaxTokenLength) {
		t.Errorf("a long word gives %q", got)
	}
	if !slices.Equal(Tokens(long), Query(long)) {
		t.Error("a long word is not found by itself")
	}
	var many strings.Builder
	for i := range MaxTokens + 100 {
		many.WriteString(strings.Repeat("x", i%60+1))
		many.WriteRune(rune('a' + i%26))
		many.WriteString(string(rune('0'+i%10)) + string(rune('0'+i/10%10)) + string(rune('0'+i/100%10)) + string(rune('0'+i/1000)) + " ")
	}
	if got := len(Tokens(many.String())); got != MaxTokens {
		t.Errorf("%d words are kept, want %d", got, MaxTokens)
	}
	if got := len(Query(many.String())); got > MaxQueryTokens {
		t.Errorf("%d words are asked for, want at most %d", got, MaxQueryTokens)
	}
}

func TestQueryLeavesOutWhatAnotherWordSays(t *testing.T) {
	t.Parallel()
	for q, want := range map[string]string{
		"1 12 123 9":      "123 9",
		"12 1":            "12",
		"Server SERV mai": "server mai",
		"'; DROP TABLE":   "drop table",
		"***":             "",
	} {
		if got := strings.Join(Query(q), " "); got != want {
			t.Errorf("%q asks for %q, want %q", q, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"Zürich, 2. Büro": "zurich, 2. buro", "ÉCOLE": "ecole", "a-B_c": "a-b_c"} {
		if got := Fold(text); got != want {
			t.Errorf("%q folds to %q, want %q", text, got, want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"Zürich", "CVE-2024-1", "\xff\xfe", "İı", "\u0149\ufdfa", "서울"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, word := range Tokens(text) {
			if word == "" || !utf8.ValidString(word) || utf8.RuneCountInString(word) > MaxTokenLength {
				t.Fatalf("%q gives the word %q", text, word)
			}
			if again := Tokens(word); len(again) != 1 || again[0] != word {
				t.Fatalf("the word %q of %q is not its own token: %q", word, text, again)
			}
		}
	})
}
