package impact

import (
	"maps"
	"slices"
)

// Flow says which way a failure passes along a type of relation: against it, from "to" to "from", along it, or both.
// Passes is whether it does so unless somebody says otherwise. Redundant types may share a redundancy group.
type Flow struct{ Against, Along, Passes, Redundant bool }

var flows = map[string]Flow{
	"depends_on":   {Against: true, Passes: true, Redundant: true},
	"runs_on":      {Against: true, Passes: true, Redundant: true},
	"part_of":      {Along: true, Passes: true},
	"connected_to": {Against: true, Along: true},
	"backs_up":     {Along: true},
	"protects":     {Along: true},
}

// FlowOf is how a failure passes along relations of a type; none for an unknown one.
func FlowOf(relation string) Flow { return flows[relation] }

// types are the types of relations along which a failure passes from "from" to "to", or against which.
func types(along bool) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(flows)) {
		if along && flows[name].Along || !along && flows[name].Against {
			out = append(out, name)
		}
	}
	return out
}

// passage is one of the two ways in which relations of some types lead from an asset to the next: the columns of both.
type passage struct {
	from, to string
	types    []string
}

// passages are both, in the order in which they are walked.
func passages(d Direction) []passage {
	out := []passage{{"to_id", "from_id", types(false)}, {"from_id", "to_id", types(true)}}
	if d == Upstream {
		for i, p := range out {
			out[i].from, out[i].to = p.to, p.from
		}
	}
	return out
}
