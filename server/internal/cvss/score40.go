package cvss

import (
	"strconv"
	"strings"
)

// levels are the values of CVSS 4.0's metrics, the most severe first. Of a value, its place here is how far it is from
// the most severe one.
var levels = map[string]string{
	"AV": "NALP", "PR": "NLH", "UI": "NPA", "AC": "LH", "AT": "NP", "VC": "HLN", "VI": "HLN", "VA": "HLN",
	"SC": "HLN", "SI": "SHLN", "SA": "SHLN", "CR": "HML", "IR": "HML", "AR": "HML", "E": "APU",
}

// equivalence is a set of metrics that are judged together: for each of its levels, the highest vectors of that level,
// and how many steps lie between them and the next level (CVSS 4.0, section 8.3, tables 24 to 30). EQ3 and EQ6 are one.
type equivalence struct {
	metrics []string
	highest map[string][]string
	depth   map[string]int
}

var equivalences = []equivalence{
	{[]string{"AV", "PR", "UI"}, map[string][]string{"0": {"NNN"}, "1": {"ANN", "NLN", "NNP"}, "2": {"PNN", "ALP"}}, map[string]int{"0": 1, "1": 4, "2": 5}},
	{[]string{"AC", "AT"}, map[string][]string{"0": {"LN"}, "1": {"LP", "HN"}}, map[string]int{"0": 1, "1": 2}},
	{
		[]string{"VC", "VI", "VA", "CR", "IR", "AR"},
		map[string][]string{
			"00": {"HHHHHH"}, "01": {"HHLMMH", "HHHMMM"}, "10": {"LHHHHH", "HLHHHH"}, "11": {"HLHMHM", "HLLMHH", "LHHHMM", "LHLHMH", "LLHHHM"}, "21": {"LLLHHH"},
		},
		map[string]int{"00": 7, "01": 6, "10": 8, "11": 8, "21": 10},
	},
	{[]string{"SC", "SI", "SA"}, map[string][]string{"0": {"HSS"}, "1": {"HHH"}, "2": {"LLL"}}, map[string]int{"0": 6, "1": 5, "2": 4}},
}

// common is a multiple of all depths, so that shares of them are whole numbers.
const common = 840

// score40 is the score of a CVSS 4.0 vector in tenths, by exact arithmetic, rounded half up as FIRST's reference does.
// Get answers the value of a metric, "X" for one that is not there.
func score40(get func(metric string) string) int {
	value := func(metric string) string {
		if v := get("M" + metric); v != "X" && v != "" {
			return v
		}
		switch v := get(metric); {
		case v != "X":
			return v
		case metric == "E":
			return "A"
		default: // CR, IR, AR
			return "H"
		}
	}
	is := func(metric, level string) bool { return value(metric) == level }
	none := true
	for _, m := range []string{"VC", "VI", "VA", "SC", "SI", "SA"} {
		none = none && is(m, "N")
	}
	if none {
		return 0
	}
	eq := macroVector(is)
	highest := macroVectors[name(eq)]
	lower, sum := 0, 0
	for i, e := range equivalences {
		at, next := strconv.Itoa(eq[i]), 0
		switch i {
		case 2:
			at += strconv.Itoa(eq[5])
			for _, step := range [2][6]int{{2: 1}, {5: 1}} { // the better of the two ways down
				next = max(next, macroVectors[name(plus(eq, step))])
			}
		default:
			var step [6]int
			step[i] = 1
			next = macroVectors[name(plus(eq, step))]
		}
		if next == 0 {
			continue
		}
		lower++
		sum += (highest - next) * distance(e, at, value) * (common / e.depth[at])
	}
	if macroVectors[name(plus(eq, [6]int{4: 1}))] > 0 { // E alone: no distance within a level
		lower++
	}
	if lower == 0 {
		return highest
	}
	whole := common * lower
	return max(0, min(100, (2*(highest*whole-sum)+whole)/(2*whole)))
}

// distance is how many steps a vector lies below the highest vector of its level that is above it.
func distance(e equivalence, level string, value func(string) string) int {
next:
	for _, top := range e.highest[level] {
		sum := 0
		for i, m := range e.metrics {
			steps := strings.Index(levels[m], value(m)) - strings.IndexByte(levels[m], top[i])
			if steps < 0 {
				continue next
			}
			sum += steps
		}
		return sum
	}
	return 0
}

func plus(a, b [6]int) [6]int {
	for i := range a {
		a[i] += b[i]
	}
	return a
}

func name(eq [6]int) string {
	var b [6]byte
	for i, n := range eq {
		b[i] = byte('0' + n)
	}
	return string(b[:])
}

// macroVector are the levels of EQ1 to EQ6 (CVSS 4.0, section 8.2, tables 24 to 29).
func macroVector(is func(metric, level string) bool) (eq [6]int) {
	switch n, p, u := is("AV", "N"), is("PR", "N"), is("UI", "N"); {
	case n && p && u:
	case (n || p || u) && !is("AV", "P"):
		eq[0] = 1
	default:
		eq[0] = 2
	}
	if !is("AC", "L") || !is("AT", "N") {
		eq[1] = 1
	}
	switch c, i, a := is("VC", "H"), is("VI", "H"), is("VA", "H"); {
	case c && i:
	case c || i || a:
		eq[2] = 1
	default:
		eq[2] = 2
	}
	switch {
	case is("SI", "S") || is("SA", "S"):
	case is("SC", "H") || is("SI", "H") || is("SA", "H"):
		eq[3] = 1
	default:
		eq[3] = 2
	}
	switch {
	case is("E", "P"):
		eq[4] = 1
	case is("E", "U"):
		eq[4] = 2
	}
	needed := is("CR", "H") && is("VC", "H") || is("IR", "H") && is("VI", "H") || is("AR", "H") && is("VA", "H")
	if !needed {
		eq[5] = 1
	}
	return eq
}
