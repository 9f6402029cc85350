package taxonomy

import (
	"fmt"

	taxonomyv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/taxonomy/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// words are the domains of a message. What is wrong with them as a whole is noted per field; the words for themselves
// have been checked by the contract.
func words(k *api.Mask, in *taxonomyv1.TaxonomyDomains) map[vocabulary.Domain][]vocabulary.Word {
	out := map[vocabulary.Domain][]vocabulary.Word{}
	for domain, list := range map[vocabulary.Domain][]*taxonomyv1.TaxonomyWord{
		vocabulary.RiskLevel: in.GetRiskLevel(), vocabulary.RemediationStatus: in.GetRemediationStatus(),
		vocabulary.SessionStatus: in.GetSessionStatus(), vocabulary.AssetType: in.GetAssetType(),
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
			one := vocabulary.Word{Value: w.GetValue(), Label: w.GetLabel(), Order: w.GetSortOrder(), Color: w.GetColor(), Active: w.IsActive == nil || w.GetIsActive()}
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
func domains(v *vocabulary.Version) *taxonomyv1.TaxonomyDomains {
	list := func(d vocabulary.Domain) (out []*taxonomyv1.TaxonomyWord) {
		for _, w := range v.All(d) {
			out = append(out, &taxonomyv1.TaxonomyWord{Value: w.Value, Label: w.Label, SortOrder: w.Order, Color: w.Color, IsActive: &w.Active})
		}
		return out
	}
	return &taxonomyv1.TaxonomyDomains{
		RiskLevel: list(vocabulary.RiskLevel), RemediationStatus: list(vocabulary.RemediationStatus),
		SessionStatus: list(vocabulary.SessionStatus), AssetType: list(vocabulary.AssetType),
	}
}
