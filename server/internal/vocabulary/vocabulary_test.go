package vocabulary_test

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for _, d := range vocabulary.Domains {
		words := vocabulary.Defaults.Words(d)
		if len(words) < 4 {
			t.Errorf("%s has %d words", d, len(words))
		}
		for _, w := range words {
			if err := vocabulary.Check(ctx, d, string(d), w); err != nil {
				t.Errorf("%s %s: %v", d, w, err)
			}
		}
		if err := vocabulary.Check(ctx, d, string(d), ""); err != nil {
			t.Errorf("%s, empty: %v", d, err)
		}
		if f := fault.Of(vocabulary.Check(ctx, d, "x", "nonsense")); f == nil || f.Fields["x"] == "" {
			t.Errorf("%s takes nonsense", d)
		}
	}
}

// TestDefaultsAreLegible: white on every colour, and every colour on white, has the contrast that WCAG 2.2 AA asks for.
func TestDefaultsAreLegible(t *testing.T) {
	t.Parallel()
	shape := regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	for _, d := range vocabulary.Domains {
		seen := map[string]bool{}
		for i, w := range vocabulary.Defaults.All(d) {
			if ratio := 1.05 / (luminance(t, w.Color) + 0.05); ratio < 4.5 {
				t.Errorf("%s %s: %s has a contrast of %.1f", d, w.Value, w.Color, ratio)
			}
			if !shape.MatchString(w.Value) || w.Label == "" || !w.Active || seen[w.Value] || vocabulary.Defaults.Rank(d, w.Value) != int32(i) {
				t.Errorf("%s: %+v", d, w)
			}
			seen[w.Value] = true
		}
	}
	if ratio := 1.05 / (luminance(t, vocabulary.Grey) + 0.05); ratio < 4.5 {
		t.Errorf("grey has a contrast of %.1f", ratio)
	}
}

// luminance is WCAG's relative luminance of #rrggbb.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(color[1:], 16, 32)
	if err != nil || len(color) != 7 {
		t.Fatalf("%s is no colour", color)
	}
	part := func(shift int) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

func TestAnotherVersion(t *testing.T) {
	t.Parallel()
	v := vocabulary.New(3, map[vocabulary.Domain][]vocabulary.Word{vocabulary.RiskLevel: {
		{Value: "high", Label: "Hoch", Order: 20, Color: "#123"},
		{Value: "severe", Label: "Sehr hoch", Order: 10, Color: "#f00", Active: true},
	}})
	ctx := vocabulary.With(t.Context(), v)
	if now, err := vocabulary.Current(ctx); err != nil || now != v {
		t.Errorf("current: %v, %v", now, err)
	}
	if err := vocabulary.Check(ctx, vocabulary.RiskLevel, "risk_level", "severe"); err != nil {
		t.Error(err)
	}
	for _, dropped := range []string{"high", "critical"} {
		if vocabulary.Check(ctx, vocabulary.RiskLevel, "risk_level", dropped) == nil {
			t.Errorf("%s is not active", dropped)
		}
	}
	for value, want := range map[string]int32{"severe": 0, "high": 1, "critical": vocabulary.Unranked} {
		if got := v.Rank(vocabulary.RiskLevel, value); got != want {
			t.Errorf("%s ranks %d, want %d", value, got, want)
		}
	}
	for value, want := range map[string][2]string{"severe": {"Sehr hoch", "#f00"}, "high": {"Hoch", "#123"}, "very_bad": {"Very Bad", vocabulary.Grey}} {
		if l, c := v.Label(vocabulary.RiskLevel, value), v.Color(vocabulary.RiskLevel, value); l != want[0] || c != want[1] {
			t.Errorf("%s is %q in %s", value, l, c)
		}
		if w := v.Word(vocabulary.RiskLevel, value); w.GetValue() != value || w.GetLabel() != want[0] || w.GetColor() != want[1] {
			t.Errorf("%s is shown as %v", value, w)
		}
	}
	if v.Word(vocabulary.RiskLevel, "") != nil {
		t.Error("the empty word is shown")
	}
	if got := v.Default(vocabulary.RiskLevel, "high"); got != "severe" {
		t.Errorf("the default is %s", got)
	}
	if got := vocabulary.Defaults.Default(vocabulary.RemediationStatus, "open"); got != "open" {
		t.Errorf("the default is %s", got)
	}
}

func TestStored(t *testing.T) {
	t.Parallel()
	raw, err := json.Marshal(map[vocabulary.Domain][]vocabulary.Word{vocabulary.AssetType: vocabulary.Defaults.All(vocabulary.AssetType)})
	if err != nil {
		t.Fatal(err)
	}
	v, err := vocabulary.Of(&ent.TaxonomyVersion{Revision: 7, Domains: raw})
	if err != nil || v.Revision != 7 || !slices.Equal(v.All(vocabulary.AssetType), vocabulary.Defaults.All(vocabulary.AssetType)) {
		t.Errorf("%v: %+v", err, v)
	}
	if _, err := vocabulary.Of(&ent.TaxonomyVersion{Domains: json.RawMessage(`[]`)}); err == nil {
		t.Error("a list is no version")
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	if l := vocabulary.Title("ready_for_retest"); l != "Ready For Retest" {
		t.Error(l)
	}
}
