// Package link relates records across domains: "INC-4 affects AST-12". Rooms share the types, and how a
// record is found that something hangs on.
package link

import (
	"maps"
	"slices"
)

// The types of links, as stored.
const (
	Affects     = "affects"
	Blocks      = "blocks"
	CausedBy    = "caused_by"
	ChildOf     = "child_of"
	Documents   = "documents"
	DuplicateOf = "duplicate_of"
	Follows     = "follows"
	Implements  = "implements"
	Mitigates   = "mitigates"
	RelatesTo   = "relates_to"
	Resolves    = "resolves"
)

// phrases says how a link reads from the record that it goes out from, and from the one that it leads to.
var phrases = map[string][2]string{
	Affects:     {"affects", "is affected by"},
	Blocks:      {"blocks", "is blocked by"},
	CausedBy:    {"is caused by", "causes"},
	ChildOf:     {"is a part of", "has the part"},
	Documents:   {"documents", "is documented by"},
	DuplicateOf: {"is a duplicate of", "has the duplicate"},
	Follows:     {"follows", "is followed by"},
	Implements:  {"implements", "is implemented by"},
	Mitigates:   {"mitigates", "is mitigated by"},
	RelatesTo:   {"relates to", "relates to"},
	Resolves:    {"resolves", "is resolved by"},
}

// Types are all types of links, alphabetically.
func Types() []string { return slices.Sorted(maps.Keys(phrases)) }

// Phrase says how a link of a type reads: from the record that it goes out from, or from the one that it leads to.
func Phrase(typ string, incoming bool) string {
	if incoming {
		return phrases[typ][1]
	}
	return phrases[typ][0]
}
