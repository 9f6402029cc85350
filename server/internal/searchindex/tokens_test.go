package searchindex

import (
	"fmt"
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
		"東京 都庁":                         "東京 京 都庁 庁",
		"東京tower2":                      "東京tower2 京tower2 tower2",
		"one\x00two\xfftwo":             "one two",
		"don't":                         "don t",
		"a'b\"c*d:e(f) OR NOT NEAR a&b": "a b c d e f or not near",
	} {
		if got := strings.Join(TokensOf(text).Words, " "); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}

func TestHangulIsFoundInBothForms(t *testing.T) {
	t.Parallel()
	if a, b := TokensOf("서울").Words, TokensOf("\u1109\u1165\u110b\u116e\u11af").Words; !slices.Equal(a, b) || len(a) != 1 {
		t.Errorf("%q and %q differ", a, b)
	}
}

func TestTokenLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 100)
	if got := TokensOf(long).Words; len(got) != 1 || got[0] != strings.Repeat("a", MaxTokenLength) {
		t.Errorf("a long word gives %q", got)
	}
	if q := Query(long); len(q) != 1 || q[0].Word != TokensOf(long).Words[0] {
		t.Error("a long word is not found by itself")
	}
	var many strings.Builder
	for i := range MaxTokens + 100 {
		fmt.Fprintf(&many, "word%dx ", i)
	}
	if got := len(TokensOf(many.String()).Words); got != MaxTokens {
		t.Errorf("%d words are kept, want %d", got, MaxTokens)
	}
	size := 0
	for _, w := range TokensOf(strings.Repeat("東京都庁舎前駅", 3000) + many.String()).Words {
		size += len(w) + 17
	}
	if size > maxBytes {
		t.Errorf("tokens take %d bytes, want at most %d", size, maxBytes)
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
		"10.0.0.1 10":     "10 10·0·0·1!",
		"AST-1 ast-1":     "ast·1",
		"001B44113AB7":    "001b44113ab7|00·1b·44·11·3a·b7!",
		"self-service":    "self service",
		"東京都庁舎前駅東京都庁舎前駅東京都庁舎前駅": "東京都庁舎前駅東京都庁舎前駅東京",
	} {
		if got := said(Query(q)); got != want {
			t.Errorf("%q asks for %q, want %q", q, got, want)
		}
	}
}

// said writes terms as text, complete identifiers with an exclamation mark behind.
func said(terms []Term) string {
	var out []string
	for _, t := range terms {
		text := t.Word
		if t.Word != "" && t.Identifier != "" {
			text += "|"
		}
		if text += t.Identifier; t.Complete {
			text += "!"
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

// An identifier has one form, whatever is typed.
func TestIdentifiers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"10.0.0.1":                     "10·0·0·1 / 0·0·1 0·1",
		"10.0.0.1/32":                  "10·0·0·1 / 0·0·1 0·1",
		"10.0.0.0/24":                  "10·0·0·0·24 / 0·0·0·24 0·0·24 0·24",
		"http://10.0.0.1:8080/":        "http·10·0·0·1·8080 / 10·0·0·1·8080 0·0·1·8080 0·1·8080 1·8080",
		"2001:DB8::1":                  "2001·db8·0·0·0·0·0·1 / db8·0·0·0·0·0·1 0·0·0·0·0·1 0·0·0·0·1 0·0·0·1 0·0·1 0·1",
		"[2001:0db8:0:0:0:0:0:1]":      "2001·db8·0·0·0·0·0·1 / db8·0·0·0·0·0·1 0·0·0·0·0·1 0·0·0·0·1 0·0·0·1 0·0·1 0·1",
		"::1":                          "0·0·0·0·0·0·0·1 / 0·0·0·0·0·0·1 0·0·0·0·0·1 0·0·0·0·1 0·0·0·1 0·0·1 0·1",
		"00:1B:44:11:3A:B7":            "00·1b·44·11·3a·b7 / 1b·44·11·3a·b7 44·11·3a·b7 11·3a·b7 3a·b7",
		"00-1b-44-11-3a-b7":            "00·1b·44·11·3a·b7 / 1b·44·11·3a·b7 44·11·3a·b7 11·3a·b7 3a·b7",
		"001b.4411.3ab7":               "00·1b·44·11·3a·b7 / 1b·44·11·3a·b7 44·11·3a·b7 11·3a·b7 3a·b7",
		"001B44113AB7":                 "00·1b·44·11·3a·b7 / 1b·44·11·3a·b7 44·11·3a·b7 11·3a·b7 3a·b7",
		"CVE-2024-31497":               "cve·2024·31497 / 2024·31497",
		"v2.9.1 and 2.9.1":             "2·9·1 / 9·1",
		"C++, C# but not A+B or C++17": "c·plus·plus c·sharp / ",
		"setup.exe":                    "setup·exe / ",
		`C:\Temp\setup.exe`:            "c·temp·setup·exe / temp·setup·exe setup·exe",
		"self-service and/or don't":    " / ",
		"plc_7; db-01":                 "plc·7 db·01 / ",
		"10.0.0.1, 10.0.0.2. End.":     "10·0·0·1 10·0·0·2 / 0·0·1 0·1 0·0·2 0·2",
	} {
		got := TokensOf(text)
		if s := strings.Join(got.Wholes, " ") + " / " + strings.Join(got.Endings, " "); s != want {
			t.Errorf("%q gives %q, want %q", text, s, want)
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
		for _, word := range TokensOf(text).Words {
			if word == "" || !utf8.ValidString(word) || utf8.RuneCountInString(word) > MaxTokenLength {
				t.Fatalf("%q gives the word %q", text, word)
			}
			if again := TokensOf(word).Words; len(again) == 0 || again[0] != word {
				t.Fatalf("the word %q of %q is not its own token: %q", word, text, again)
			}
		}
	})
}
