package taxonomy

import (
	"fmt"

	taxonomyv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/taxonomy/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/taxonomy"
)

// words are the domains of a message. What is wrong with them as a whole is noted per field; the words for themselves have been
// checked by the contract.
func words(k *api.Mask, in *taxonomyv1.TaxonomyDomains) map[taxonomy.Domain][]taxonomy.Word {
	out := map[taxonomy.Domain][]taxonomy.Word{}
	for domain, list := range map[taxonomy.Domain][]*taxonomyv1.TaxonomyWord{
		taxonomy.RiskLevel: in.GetRiskLevel(), taxonomy.RemediationStatus: in.GetRemediationStatus(),
		taxonomy.SessionStatus: in.GetSessionStatus(), taxonomy.AssetType: in.GetAssetType(),
	} {
		field := "domains." + string(domain)
		values, places, active := map[string]bool{}, map[int32]bool{}, false
		for i, w := range list {
			at := fmt.Sprintf("%s[%d].", field, i)
			if values[w.GetValue()] {
				k.Fault(at+"value", "is there twice")
			}
			if places[w.GetSortOrder()] {
				k.Fault(at+"sort_order", "is there twice")
			}
			values[w.GetValue()], places[w.GetSortOrder()] = true, true
			one := taxonomy.Word{Value: w.GetValue(), Label: w.GetLabel(), Order: w.GetSortOrder(), Color: w.GetColor(), Active: w.IsActive == nil || w.GetIsActive()}
			active = active || one.Active
			out[domain] = append(out[domain], one)
		}
		switch {
		case len(list) == 0:
			k.Fault(field, "must not be empty")
		case !active:
			k.Fault(field, "needs an active word")
		}
	}
	return out
}

// domains is what callers see of a version's words, in their order.
func domains(v *taxonomy.Version) *taxonomyv1.TaxonomyDomains {
	list := func(d taxonomy.Domain) (out []*taxonomyv1.TaxonomyWord) {
		for _, w := range v.All(d) {
			out = append(out, &taxonomyv1.TaxonomyWord{Value: w.Value, Label: w.Label, SortOrder: w.Order, Color: w.Color, IsActive: &w.Active})
		}
		return out
	}
	return &taxonomyv1.TaxonomyDomains{
		RiskLevel: list(taxonomy.RiskLevel), RemediationStatus: list(taxonomy.RemediationStatus),
		SessionStatus: list(taxonomy.SessionStatus), AssetType: list(taxonomy.AssetType),
	}
}
