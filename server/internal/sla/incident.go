package sla

// The clocks of an incident. The response ends with the first acknowledgement, and stays ended; the resolution stands
// while the incident is on hold and goes on when it is reopened.
var (
	IncidentResponse = Clock{Name: Response, Once: true, Phases: map[string]Phase{
		"acknowledged": Done, "in_progress": Done, "on_hold": Done, "resolved": Done, "closed": Stopped, "cancelled": Stopped,
	}}
	IncidentResolve = Clock{Name: Resolve, Phases: map[string]Phase{
		"on_hold": Pauses, "resolved": Done, "closed": Done, "cancelled": Stopped,
	}}
)
