package cvss_test

import (
	"bufio"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	gocvss40 "github.com/pandatix/go-cvss/40"

	"github.com/holdfast-platform/holdfast/server/internal/cvss"
)

var update = flag.Bool("update", false, "write the table of vectors and scores anew")

const table = "testdata/scores.tsv"

var metrics = map[string][][2]string{
	"3.1": {
		{"AV", "NALP"}, {"AC", "LH"}, {"PR", "NLH"}, {"UI", "NR"}, {"S", "UC"}, {"C", "NLH"}, {"I", "NLH"}, {"A", "NLH"},
		{"E", "XUPFH"}, {"RL", "XOTWU"}, {"RC", "XURC"}, {"CR", "XLMH"}, {"IR", "XLMH"}, {"AR", "XLMH"},
		{"MAV", "XNALP"}, {"MAC", "XLH"}, {"MPR", "XNLH"}, {"MUI", "XNR"}, {"MS", "XUC"}, {"MC", "XNLH"}, {"MI", "XNLH"}, {"MA", "XNLH"},
	},
	"4.0": {
		{"AV", "NALP"}, {"AC", "LH"}, {"AT", "NP"}, {"PR", "NLH"}, {"UI", "NPA"}, {"VC", "HLN"}, {"VI", "HLN"}, {"VA", "HLN"}, {"SC", "HLN"}, {"SI", "HLN"}, {"SA", "HLN"},
		{"E", "XAPU"}, {"CR", "XHML"}, {"IR", "XHML"}, {"AR", "XHML"}, {"MAV", "XNALP"}, {"MAC", "XLH"}, {"MAT", "XNP"}, {"MPR", "XNLH"}, {"MUI", "XNPA"},
		{"MVC", "XHLN"}, {"MVI", "XHLN"}, {"MVA", "XHLN"}, {"MSC", "XHLN"}, {"MSI", "XSHLN"}, {"MSA", "XSHLN"},
	},
}

// randomVector has base metrics, and in two of three others, too.
func randomVector(r *rand.Rand, version string) string {
	var b strings.Builder
	b.WriteString("CVSS:" + version)
	more := r.IntN(3)
	for _, m := range metrics[version] {
		base := !strings.Contains(m[1], "X")
		if value := m[1][r.IntN(len(m[1]))]; value != 'X' && (base || more > 0 && r.IntN(3) < more) {
			fmt.Fprintf(&b, "/%s:%c", m[0], value)
		}
	}
	return b.String()
}

// TestScoresInBrowserToo keeps the table that the calculator of the web client is tested with: what the server says of
// many vectors.
func TestScoresInBrowserToo(t *testing.T) {
	if *update {
		r := rand.New(rand.NewPCG(3, 4))
		var b strings.Builder
		for _, version := range []string{"3.1", "4.0"} {
			for range 1500 {
				vector := randomVector(r, version)
				got, err := cvss.Parse(vector)
				if err != nil {
					t.Fatal(vector, err)
				}
				fmt.Fprintf(&b, "%s\t%.1f\n", vector, got.Score)
			}
		}
		if err := os.WriteFile(table, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(table)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	n := 0
	for ; lines.Scan(); n++ {
		vector, score, _ := strings.Cut(lines.Text(), "\t")
		want, _ := strconv.ParseFloat(score, 64)
		if got, err := cvss.Parse(vector); err != nil || got.Score != want {
			t.Errorf("%s: %v, %v; the table says %s", vector, got.Score, err, score)
		}
	}
	if n < 3000 {
		t.Errorf("only %d vectors", n)
	}
}

// TestExact40: a library that reckons in binary fractions agrees with every score but where the exact one lies half
// between two, which FIRST's reference rounds up.
func TestExact40(t *testing.T) {
	t.Parallel()
	r, half := rand.New(rand.NewPCG(1, 2)), 0
	for range 50_000 {
		vector := randomVector(r, "4.0")
		got, err := cvss.Parse(vector)
		if err != nil {
			t.Fatal(vector, err)
		}
		other, err := gocvss40.ParseVector(vector)
		if err != nil {
			t.Fatal(vector, err)
		}
		switch d := math.Round((got.Score - other.Score()) * 10); d {
		case 0:
		case 1:
			half++
		default:
			t.Errorf("%s: %v, the library says %v", vector, got.Score, other.Score())
		}
	}
	if half == 0 || half > 5000 {
		t.Errorf("%d scores differ by rounding", half)
	}
}
