package taxonomy_test

import (
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/taxonomy"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	for d, words := range taxonomy.Defaults {
		for _, w := range words {
			if err := taxonomy.Check(ctx, d, string(d), w.Value); err != nil {
				t.Errorf("%s %s: %v", d, w.Value, err)
			}
		}
		if err := taxonomy.Check(ctx, d, string(d), ""); err != nil {
			t.Errorf("%s, empty: %v", d, err)
		}
		if f := fault.Of(taxonomy.Check(ctx, d, "x", "nonsense")); f == nil || f.Fields["x"] == "" {
			t.Errorf("%s takes nonsense", d)
		}
	}
}

func TestAnotherVersion(t *testing.T) {
	t.Parallel()
	ctx := taxonomy.With(t.Context(), taxonomy.Version{taxonomy.RiskLevel: {
		{Value: "severe", Label: "Severe", Active: true}, {Value: "high", Label: "High"},
	}})
	if err := taxonomy.Check(ctx, taxonomy.RiskLevel, "risk_level", "severe"); err != nil {
		t.Error(err)
	}
	for _, dropped := range []string{"high", "critical"} {
		if taxonomy.Check(ctx, taxonomy.RiskLevel, "risk_level", dropped) == nil {
			t.Errorf("%s is not active", dropped)
		}
	}
	v := taxonomy.Current(ctx)
	if v.Rank(taxonomy.RiskLevel, "severe") != 0 || v.Rank(taxonomy.RiskLevel, "high") != 1 || v.Rank(taxonomy.RiskLevel, "low") != 2 {
		t.Error("ranks")
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	if l := taxonomy.Label("ready_for_retest"); l != "Ready For Retest" {
		t.Error(l)
	}
}
