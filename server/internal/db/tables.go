package db

import (
	"cmp"
	"slices"
	"strings"

	"github.com/holdfast-platform/holdfast/gen/ent"
)

// A Table is one of the database. Walls, archives, the sweep of files and the tests of isolation range over the list:
// whoever makes a table by hand registers it here, once. Those of entities are found by the generator.
type Table struct {
	Name string
	// Tenant says that each row belongs to the tenant in tenant_id, and is seen by that one alone.
	Tenant bool
	// Global says that rows belong to no tenant, and that none sees them.
	Global bool
	// Archive says that archives hold it; Why says what is found again without them where they do not.
	Archive bool
	Why     string
	// Persons are the columns with a user's id or what else names a person.
	Persons []string
	// Storage has the folder of stored files for each column with their keys.
	Storage map[string]string
	// ReadOnly says that servers never change its rows on behalf of a request: only consumers of the journal do.
	ReadOnly bool
}

// byHand are the tables of ent/migrate/hand, and those that libraries bring.
var byHand = []Table{
	{Name: "journal", Tenant: true, Archive: true, Persons: []string{"person_id", "label", "changes", "ip"}},
	{Name: "seals", Tenant: true, Archive: true, ReadOnly: true},
	{Name: "counters", Tenant: true, Archive: true},
	{Name: "search", Tenant: true, Archive: true, Persons: []string{"label", "body"}},
	{Name: "idempotency", Tenant: true, Archive: true, Persons: []string{"owner_id", "answer"}},
	{Name: "cursors", Global: true, Archive: true},
	{Name: "consumer_failures", Tenant: true, Archive: true, ReadOnly: true, Persons: []string{"error"}},
	{Name: "nonces", Global: true, Archive: true},
	{Name: "throttles", Global: true, Why: "counts of attempts, for minutes", Persons: []string{"key"}},
	{Name: "usage", Global: true, Why: "counts of running processes, for seconds"},
	{Name: "schema_version", Why: "the target's own"},
	{Name: "schema_version_hand", Why: "the target's own"},
	{Name: "search_index", Why: "follows the table search"},
}

// libraries are prefixes of tables that somebody else's migrations make, with what becomes of them in a restore.
var libraries = map[string]string{
	"river_":        "what waits in the queue is found again from the journal and the clock",
	"search_index_": "SQLite's own, for search_index",
	"sqlite_":       "SQLite's own",
}

// folders has the folder of stored files for each of the entities' columns with their keys.
var folders = map[string]string{"attachments.storage_key": "attachment", "report_exports.storage_key": "report"}

// Tables are all of them, by name.
func Tables() []Table {
	all := slices.Clone(byHand)
	for _, k := range ent.Kinds {
		t := Table{Name: k.Table, Tenant: k.Tenant, Global: !k.Tenant && k.Members == "" && k.Name != "Tenant", Archive: true, Persons: k.People, Storage: map[string]string{}}
		for column := range k.Columns {
			if column == "storage_key" || strings.HasSuffix(column, "_storage_key") {
				t.Storage[column] = folders[k.Table+"."+column]
			}
		}
		all = append(all, t)
	}
	slices.SortFunc(all, func(a, b Table) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// Archived tells whether archives hold a table. One that nobody registered is held: better a row too many than one
// lost.
func Archived(table string) bool {
	for prefix := range libraries {
		if strings.HasPrefix(table, prefix) {
			return false
		}
	}
	for _, t := range byHand {
		if t.Name == table {
			return t.Archive
		}
	}
	return true
}

// Registered tells whether a table is on the list, or is a library's.
func Registered(table string) bool {
	for prefix := range libraries {
		if strings.HasPrefix(table, prefix) {
			return true
		}
	}
	return slices.ContainsFunc(Tables(), func(t Table) bool { return t.Name == table })
}
