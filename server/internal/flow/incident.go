package flow

import "slices"

// OpenIncident are the statuses of an incident that somebody still has to do something about.
var OpenIncident = []string{"new", "acknowledged", "in_progress", "on_hold"}

// Incident is the life of an incident. Closed and cancelled are its ends: a closed one is reopened within the tenant's
// window, a cancelled one never. merge closes a duplicate from any open state and unmerge opens it again; close_parts
// closes what belongs to one that closes.
var Incident = New("new",
	Move{From: []string{"new"}, To: "acknowledged", Who: "incidents:update"},
	Move{From: []string{"acknowledged", "on_hold"}, To: "in_progress", Who: "incidents:update"},
	Move{From: []string{"in_progress"}, To: "on_hold", Who: "incidents:update", Demands: []string{"on_hold_reason"}},
	Move{From: []string{"in_progress", "on_hold"}, To: "resolved", Who: "incidents:update", Demands: []string{"resolution_code", "resolution_note"}},
	Move{From: []string{"resolved", "closed"}, To: "in_progress", Who: "incidents:update"}, // reopening
	Move{From: []string{"resolved"}, To: "closed", Who: "incidents:update"},
	Move{From: slices.Clone(OpenIncident), To: "cancelled", Who: "incidents:update", Demands: []string{"reason"}},
	Move{From: slices.Clone(OpenIncident), To: "closed", Who: "incidents:update", By: "merge"},
	Move{From: slices.Clone(OpenIncident), To: "closed", Who: "incidents:update", By: "close_parts"},
	Move{From: []string{"closed"}, To: "new", Who: "incidents:update", By: "unmerge"},
	Move{From: []string{"closed"}, To: "acknowledged", Who: "incidents:update", By: "unmerge"},
	Move{From: []string{"closed"}, To: "in_progress", Who: "incidents:update", By: "unmerge"},
	Move{From: []string{"closed"}, To: "on_hold", Who: "incidents:update", By: "unmerge"},
)
