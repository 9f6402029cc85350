package cvss_test

import (
	"errors"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/cvss"
)

// The scores are those that FIRST's calculators show (https://www.first.org/cvss/calculator/).
func TestScores(t *testing.T) {
	t.Parallel()
	for vector, want := range map[string]cvss.Rating{
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N":                    {Score: 6.1, Severity: "medium"},
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H":                    {Score: 10, Severity: "critical"},
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N":                    {Score: 7.5, Severity: "high"},
		"CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N":                    {Score: 0, Severity: "none"},
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:U":      {Score: 7.8, Severity: "high"},
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/CR:L":               {Score: 5.7, Severity: "medium"},
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H": {Score: 10, Severity: "critical"},
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N": {Score: 9.3, Severity: "critical"},
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N": {Score: 0, Severity: "none"},
		// exactly between two tenths: rounded up
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:P/VC:H/VI:L/VA:N/SC:H/SI:H/SA:H": {Score: 8.6, Severity: "high"},
		"CVSS:4.0/AV:N/AC:L/AT:P/PR:H/UI:A/VC:N/VI:H/VA:L/SC:N/SI:N/SA:L": {Score: 5.7, Severity: "medium"},
		"CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:L/E:P":                {Score: 6.2, Severity: "medium"},
		"CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N": {Score: 7.3, Severity: "high"},
	} {
		got, err := cvss.Parse(vector)
		want.Vector = vector
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", vector, got, err, want)
		}
	}
}

func TestOrderIsFree31(t *testing.T) {
	t.Parallel()
	got, err := cvss.Parse("CVSS:3.1/A:N/I:N/C:H/S:U/UI:N/PR:N/AC:L/AV:N")
	if err != nil || got.Vector != "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N" || got.Score != 7.5 {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestBadVectors(t *testing.T) {
	t.Parallel()
	for vector, metric := range map[string]string{
		"":              "",
		"AV:N":          "",
		"CVSS:2.0/AV:N": "",
		"CVSS:3.1/":     "",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L":                             "A",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:Q":                         "A",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N/ZZ:N":                    "ZZ",
		"CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N":                    "AV",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N/":                        "",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N":           "SA",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:Z":      "SA",
		"CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N":      "",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/MS:U": "MS",
	} {
		got, err := cvss.Parse(vector)
		var bad *cvss.Error
		if !errors.As(err, &bad) {
			t.Errorf("%q passed: %+v", vector, got)
			continue
		}
		if bad.Metric != metric {
			t.Errorf("%q: blames %q (%s), not %q", vector, bad.Metric, bad, metric)
		}
	}
}

// A vector that was read, written and read again says the same; nothing panics.
func FuzzParse(f *testing.F) {
	f.Add("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N")
	f.Add("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A/MAV:L/U:Red")
	f.Add("CVSS:4.0//:")
	f.Fuzz(func(t *testing.T, vector string) {
		one, err := cvss.Parse(vector)
		if err != nil {
			return
		}
		two, err := cvss.Parse(one.Vector)
		if err != nil || one != two {
			t.Fatalf("%q: %+v, then %+v, %v", vector, one, two, err)
		}
		if one.Score < 0 || one.Score > 10 || one.Severity == "" {
			t.Fatalf("%q: %+v", vector, one)
		}
	})
}
