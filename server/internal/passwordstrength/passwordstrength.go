// Package passwordstrength estimates how hard a password is to guess for somebody who knows common passwords, words,
// names, keyboards and the person. It takes the cheapest way of putting the password together from such parts, each
// counted in bits: what a guesser has to try of its kind. The lists of words are read when the first password is
// judged.
package passwordstrength

import (
	"encoding/json"
	"math"
	"strings"
	"sync"
	"unicode"

	"github.com/nbutton23/zxcvbn-go/data"
)

// Enough is how many bits hold against a guesser who tries ten thousand passwords a second for twelve days.
const Enough = 34

// lists are the words with their ranks: how many are tried before, on every list the most common first.
var lists = sync.OnceValue(func() map[string]float64 {
	ranks := map[string]float64{}
	for _, name := range []string{"Passwords", "English", "MaleNames", "FemaleNames", "Surnames"} {
		var list struct{ List []string }
		text, err := data.Asset("data/" + name + ".json")
		if err == nil {
			err = json.Unmarshal(text, &list)
		}
		if err != nil {
			panic("passwordstrength: " + name + ": " + err.Error()) // it is a part of the program
		}
		for i, word := range list.List {
			word = strings.ToLower(word)
			if rank, known := ranks[word]; !known || float64(i+1) < rank {
				ranks[word] = float64(i + 1)
			}
		}
	}
	return ranks
})

// rows are what fingers and minds run along, in both directions.
var rows = []string{
	"abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "qwertzuiopü", "asdfghjkl", "asdfghjklöä", "zxcvbnm", "yxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn",
	"1qaz2wsx3edc4rfv5tgb6yhn7ujm", "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p", "!@#$%^&*()",
}

var plain = strings.NewReplacer("4", "a", "@", "a", "8", "b", "3", "e", "6", "g", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t", "+", "t", "2", "z")

// longest is that of a part: longer words are none.
const longest = 24

// Bits estimates a password, given words that a guesser would try first for this person.
func Bits(password string, own []string) float64 {
	text := []rune(password)
	known := make(map[string]bool, len(own))
	for _, w := range own {
		known[strings.ToLower(w)] = true
	}
	single := math.Log2(alphabet(text))
	best := make([]float64, len(text)+1)
	for end := 1; end <= len(text); end++ {
		best[end] = best[end-1] + single
		for start := max(0, end-longest); start < end-1; start++ {
			part := text[start:end]
			if bits := cheapest(part, known, single); best[start]+bits < best[end] {
				best[end] = best[start] + bits
			}
			// What has just been said costs next to nothing when it is said again.
			if n := len(part); start >= n && strings.EqualFold(string(text[start-n:start]), string(part)) {
				best[end] = min(best[end], best[start]+2)
			}
		}
	}
	return best[len(text)]
}

// cheapest is what a part costs as one of the kinds of parts that guessers know.
func cheapest(part []rune, own map[string]bool, single float64) float64 {
	bits := float64(len(part)) * single
	n := float64(len(part))
	lower := strings.ToLower(string(part))
	if strings.Count(lower, string([]rune(lower)[0])) == len(part) && len(part) > 2 {
		bits = min(bits, single+math.Log2(n))
	}
	if len(part) > 2 && along(lower) {
		bits = min(bits, math.Log2(float64(2*len(rows))*10*n))
	}
	if year(lower) {
		bits = min(bits, math.Log2(120))
	}
	return min(bits, word(part, lower, own))
}

// word is what a part costs as a word of the lists or the person's own, in odd cases, with digits for letters, or
// backwards.
func word(part []rune, lower string, own map[string]bool) float64 {
	bits := math.Inf(1)
	for _, way := range []struct {
		text string
		more float64
	}{{lower, 0}, {plain.Replace(lower), 2}, {reversed(lower), 1}} {
		rank := lists()[way.text]
		if own[way.text] {
			rank = 1
		}
		if rank == 0 || way.more == 2 && way.text == lower {
			continue
		}
		bits = min(bits, math.Log2(rank)+way.more)
	}
	upper := 0
	for _, r := range part {
		if unicode.IsUpper(r) {
			upper++
		}
	}
	switch {
	case upper == 0:
		return bits
	case upper == len(part), upper == 1 && (unicode.IsUpper(part[0]) || unicode.IsUpper(part[len(part)-1])):
		return bits + 1
	}
	return bits + float64(min(upper, len(part)-upper)+1)
}

func along(text string) bool {
	back := reversed(text)
	for _, row := range rows {
		if strings.Contains(row, text) || strings.Contains(row, back) {
			return true
		}
	}
	return false
}

func year(text string) bool {
	if len(text) != 4 || !strings.HasPrefix(text, "19") && !strings.HasPrefix(text, "20") {
		return false
	}
	return strings.Trim(text, "0123456789") == ""
}

func reversed(text string) string {
	r := []rune(text)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

// alphabet is how many characters somebody tries at each place who knows which kinds there are.
func alphabet(text []rune) float64 {
	kinds := map[string]float64{}
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z':
			kinds["lower"] = 26
		case r >= 'A' && r <= 'Z':
			kinds["upper"] = 26
		case r >= '0' && r <= '9':
			kinds["digit"] = 10
		case r < 0x80:
			kinds["mark"] = 33
		default:
			kinds["letter"] = 100
		}
	}
	n := 1.0
	for _, k := range kinds {
		n += k
	}
	return n
}
