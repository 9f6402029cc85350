// Package taxonomy knows which words a tenant uses for its risk levels, states and asset types. A word must be active when it is
// set; records keep words that were dropped later.
package taxonomy

import (
	"context"
	"slices"
	"strings"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Domain is one vocabulary.
type Domain string

// The domains, named as the field they stand for.
const (
	RiskLevel         Domain = "risk_level"
	RemediationStatus Domain = "remediation_status"
	SessionStatus     Domain = "session_status"
	AssetType         Domain = "asset_type"
)

// Value is one word of a domain.
type Value struct {
	Value, Label string
	// Active words may be set; the others are only shown.
	Active bool
}

// Version is the vocabulary of a tenant at one time: each domain's words in their order. It is never changed.
type Version map[Domain][]Value

// Defaults is the vocabulary of a tenant that has made none of its own.
var Defaults = Version{
	RiskLevel:         words("critical", "high", "medium", "low", "informational"),
	RemediationStatus: words("open", "in_progress", "ready_for_retest", "resolved", "accepted_risk", "false_positive"),
	SessionStatus:     words("planned", "in_progress", "completed", "cancelled"),
	AssetType: words("server", "workstation", "virtual_machine", "network_device", "firewall", "cloud_service", "plc", "rtu",
		"dcs_controller", "scada_server", "hmi", "industrial_switch", "gateway", "sensor", "robot", "engineering_station",
		"repository", "web_application", "api", "mobile_app", "browser_extension", "other"),
}

func words(values ...string) []Value {
	all := make([]Value, len(values))
	for i, v := range values {
		all[i] = Value{Value: v, Label: Label(v), Active: true}
	}
	return all
}

// Label is how a word without a label is shown: in_progress becomes "In Progress".
func Label(word string) string {
	parts := strings.Split(word, "_")
	for i, p := range parts {
		if p != "" {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, " ")
}

type key struct{}

// With makes a version the one that this context's work goes by.
func With(ctx context.Context, v Version) context.Context { return context.WithValue(ctx, key{}, v) }

// Current is the version that is in force: the context's, else the defaults.
func Current(ctx context.Context) Version {
	if v, ok := ctx.Value(key{}).(Version); ok {
		return v
	}
	return Defaults
}

// Words are the active words of a domain, in their order.
func (v Version) Words(d Domain) []string {
	var all []string
	for _, w := range v[d] {
		if w.Active {
			all = append(all, w.Value)
		}
	}
	return all
}

// Rank is a word's place in its domain, from 0; words that are not there come last.
func (v Version) Rank(d Domain, word string) int {
	if i := slices.IndexFunc(v[d], func(w Value) bool { return w.Value == word }); i >= 0 {
		return i
	}
	return len(v[d])
}

// Check refuses a word that is not active in the domain; field is how the caller's message names it. The empty word passes: whether
// one is required is for the entity to say.
func Check(ctx context.Context, d Domain, field, word string) error {
	if word == "" {
		return nil
	}
	active := Current(ctx).Words(d)
	if slices.Contains(active, word) {
		return nil
	}
	return fault.Invalid(field, "must be one of %s", strings.Join(active, ", "))
}

// Set is Check for a field that is being set: a record may keep a word that was dropped since. old reads the word that the record has
// now, as ent's mutations do; its error means that there is none.
func Set(ctx context.Context, d Domain, field, word string, old func(context.Context) (string, error)) error {
	refused := Check(ctx, d, field, word)
	if refused == nil {
		return nil
	}
	if now, err := old(ctx); err == nil && now == word {
		return nil
	}
	return refused
}
