// Package vocabulary knows which words a tenant uses for its risk levels, states and asset types, and how they are
// shown. A word must be active when it is set; records keep words that were dropped later. Versions never change: a
// tenant makes a new one, or goes back to an old one. Who has made none goes by Defaults.
package vocabulary

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Domain is one vocabulary.
type Domain string

// The domains, named as they stand in a version.
const (
	RiskLevel         Domain = "risk_level"
	RemediationStatus Domain = "remediation_status"
	SessionStatus     Domain = "session_status"
	AssetType         Domain = "asset_type"
)

// Domains are all of them, in the order in which they are shown.
var Domains = []Domain{RiskLevel, RemediationStatus, SessionStatus, AssetType}

// Word is one word of a domain.
type Word struct {
	Value string `json:"value"`
	Label string `json:"label"`
	// Order is the word's place among the others: lists go by it, the smallest first.
	Order int32 `json:"sort_order"`
	// Color is #rgb or #rrggbb.
	Color string `json:"color"`
	// Active words may be set; the others are only shown.
	Active bool `json:"is_active"`
}

const (
	// Unranked is the rank of a word that a version does not have.
	Unranked = 99
	// Grey is the colour of such a word.
	Grey = "#6b7280"
)

// Version is the vocabulary of a tenant at one time. It is never changed, so that it may be shared.
type Version struct {
	// ID is the stored version's; Nil for the defaults.
	ID uuid.UUID
	// Revision counts a tenant's versions from 1; 0 are the defaults.
	Revision int32

	tenant  uuid.UUID
	domains map[Domain]*vocabulary
}

type vocabulary struct {
	words []Word // by their order
	place map[string]int
	shown []*typev1.Word
}

// New is a version of these words. They are taken as they are.
func New(revision int32, domains map[Domain][]Word) *Version {
	v := &Version{Revision: revision, domains: make(map[Domain]*vocabulary, len(domains))}
	for d, words := range domains {
		voc := &vocabulary{words: slices.Clone(words), place: make(map[string]int, len(words))}
		slices.SortStableFunc(voc.words, func(a, b Word) int { return cmp.Compare(a.Order, b.Order) })
		for i, w := range voc.words {
			voc.place[w.Value] = i
			voc.shown = append(voc.shown, &typev1.Word{Value: w.Value, Label: w.Label, Color: w.Color})
		}
		v.domains[d] = voc
	}
	return v
}

// Of is a stored version.
func Of(row *ent.TaxonomyVersion) (*Version, error) {
	var domains map[Domain][]Word
	if err := json.Unmarshal(row.Domains, &domains); err != nil {
		return nil, fmt.Errorf("taxonomy: revision %d: %w", row.Revision, err)
	}
	v := New(row.Revision, domains)
	v.ID, v.tenant = row.ID, row.TenantID
	return v, nil
}

func (v *Version) find(d Domain, value string) (*vocabulary, int) {
	voc := v.domains[d]
	if voc == nil {
		return nil, -1
	}
	if i, ok := voc.place[value]; ok {
		return voc, i
	}
	return voc, -1
}

// All are the words of a domain in their order, also those that are not active.
func (v *Version) All(d Domain) []Word {
	if voc := v.domains[d]; voc != nil {
		return slices.Clone(voc.words)
	}
	return nil
}

// Words are the values of a domain's active words, in their order.
func (v *Version) Words(d Domain) []string {
	var all []string
	if voc := v.domains[d]; voc != nil {
		for _, w := range voc.words {
			if w.Active {
				all = append(all, w.Value)
			}
		}
	}
	return all
}

// Active tells whether a word may be set.
func (v *Version) Active(d Domain, value string) bool {
	voc, i := v.find(d, value)
	return i >= 0 && voc.words[i].Active
}

// Rank is a word's place in its domain, from 0; Unranked for one that is not there.
func (v *Version) Rank(d Domain, value string) int32 {
	if _, i := v.find(d, value); i >= 0 {
		return int32(i)
	}
	return Unranked
}

// Label is what people read for a word.
func (v *Version) Label(d Domain, value string) string {
	if voc, i := v.find(d, value); i >= 0 {
		return voc.words[i].Label
	}
	return Title(value)
}

// Color is what a word is shown in.
func (v *Version) Color(d Domain, value string) string {
	if voc, i := v.find(d, value); i >= 0 {
		return voc.words[i].Color
	}
	return Grey
}

// Word is a word as callers see it: to be read, not changed. There is none for the empty word.
func (v *Version) Word(d Domain, value string) *typev1.Word {
	if value == "" {
		return nil
	}
	if voc, i := v.find(d, value); i >= 0 {
		return voc.shown[i]
	}
	return &typev1.Word{Value: value, Label: Title(value), Color: Grey}
}

// Default is the word that a record gets when nobody says one: the usual one, or the first active one where the tenant
// does not use that.
func (v *Version) Default(d Domain, usual string) string {
	if v.Active(d, usual) {
		return usual
	}
	if words := v.Words(d); len(words) > 0 {
		return words[0]
	}
	return usual
}

// Check refuses a word that is not active in the domain; field is how the caller's message names it. The empty word
// passes: whether one is required is for the entity to say.
func (v *Version) Check(d Domain, field, value string) error {
	if value == "" || v.Active(d, value) {
		return nil
	}
	return fault.Invalid(field, "must be one of %s", strings.Join(v.Words(d), ", "))
}

// Title is how a word without a label is shown: in_progress becomes "In Progress".
func Title(value string) string {
	parts := strings.Split(value, "_")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, " ")
}
