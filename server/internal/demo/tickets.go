package demo

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	commentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/comments/v1"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
)

// tickets is how many incidents there are.
const tickets = 120

// A trouble is what incidents are about.
type trouble struct {
	category, kind   string // of the incident; of the asset it hits
	title, about     string
	impact, urgency  int32
	code, note, said string
}

var troubles = []trouble{
	{"it", "workstation", "%s does not start after the update", "Black screen since this morning; a restart does not help.", 3, 2, "fixed", "Rolled the update back and held it for this model.", "Which update was it? Others have not reported anything."},
	{"it", "virtual_machine", "Disk full on %s", "The volume /var is at 100 %. Services write no logs.", 2, 1, "fixed", "Enlarged the volume and set the logs to rotate daily.", "Cleared 4 GB of old logs to gain time."},
	{"it", "cloud_service", "Nobody can sign in to %s", "The sign-in page answers with an error for everybody in Lisbon.", 1, 2, "workaround", "The provider had an outage; people worked offline until it was over.", "The provider's status page confirms it."},
	{"it", "server", "Fan failure on %s", "The management controller reports fan 3 at 0 rpm.", 2, 2, "fixed", "Replaced the fan under warranty.", "Spare part ordered, arrives tomorrow."},
	{"network", "network_device", "Packet loss behind %s", "Calls break up; about 8 % loss on the uplink.", 2, 1, "fixed", "A defective optic in the uplink was replaced.", "Counters show CRC errors on ge-0/0/47."},
	{"network", "firewall", "VPN tunnel on %s keeps dropping", "The tunnel to Graz drops every few minutes since the weekend.", 1, 2, "fixed", "Both ends now agree on the lifetime of phase 2.", "Phase 2 lifetimes differ: 3600 against 28800."},
	{"ot", "plc", "%s has stopped cycling", "The controller is in STOP after a voltage dip; pump 2 runs by hand.", 1, 1, "fixed", "Restarted with the last good program, checked by the shift leader.", "Program compared with the archive: no difference."},
	{"ot", "hmi", "Touch screen of %s does not react", "The operator uses the neighbouring panel.", 3, 2, "fixed", "Recalibrated the panel.", "Happens after cleaning."},
	{"ot", "sensor", "Implausible values from %s", "Jumps between 0 and 16 bar within a second.", 3, 3, "no_fault_found", "Wiring and sensor tested; the values have been steady since.", "Terminal was not tightened."},
	{"security", "workstation", "Malware found on %s", "The scanner has put an attachment into quarantine.", 2, 1, "fixed", "Machine set up anew, passwords changed, sender blocked.", "No other mailbox received the message."},
	{"security", "web_application", "Many failed sign-ins to %s", "More than 2,000 attempts within ten minutes from one network.", 2, 1, "fixed", "Network blocked; no attempt was successful.", "All attempts name accounts that do not exist."},
	{"safety", "rtu", "Alarm from %s did not reach the control room", "A test of the alarm chain ended at the gateway.", 1, 1, "fixed", "Route corrected and the whole chain tested with the shift.", "Control room is staffed twice until this is solved."},
}

// What incidents of the plant say about it.
var affected = struct{ production, safety string }{
	"Turbine 2 runs at reduced load.", "The control room cannot see the alarm of this area.",
}

// An end is how far an incident gets.
type end int

const (
	untouched end = iota
	seen
	working
	waiting
	solved
	done
	dropped
)

// tickets plans the incidents over the whole time: old ones are closed, young
// ones are at every stage.
func (s *story) tickets() {
	for i := range tickets {
		age := Span * time.Duration(tickets-i) / tickets
		at := s.begin.Add(Span - age).Add(s.between(0, 6*time.Hour))
		reach := done
		switch {
		case i >= tickets-28:
			reach = end(i % 5) // every stage before the last
		case i%13 == 5:
			reach = dropped
		}
		s.ticket(at, troubles[i%len(troubles)], reach, i)
	}
}

// ticket plans one incident.
func (s *story) ticket(at time.Time, about trouble, reach end, i int) {
	hit := pick(s, s.of(about.kind))
	desk, other := Ben, Cleo
	if s.chance(50) {
		desk, other = other, desk
	}
	var id string
	update := func(who Person, in *incidentsv1.Incident, fields ...string) func(context.Context) error {
		return func(ctx context.Context) error {
			in.Id = id
			return s.Clients[who].Do(ctx, &incidentsv1.UpdateIncidentRequest{Incident: in, UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}}, &incidentsv1.Incident{})
		}
	}
	say := func(who Person, text string, internal bool) func(context.Context) error {
		return func(ctx context.Context) error {
			return s.Clients[who].Do(ctx, &incidentsv1.AddIncidentCommentRequest{Id: id, Body: text, Internal: internal}, &commentsv1.Comment{})
		}
	}
	s.plan(at, "report an incident", func(ctx context.Context) error {
		in := &incidentsv1.Incident{
			Title: title(about.title, hit.name), Description: &about.about, Category: about.category, Severity: severity(about, hit), Impact: &about.impact, Urgency: &about.urgency,
			AssetIds: []string{hit.id},
		}
		switch about.category {
		case "ot":
			in.ProductionImpact = &affected.production
		case "safety":
			in.SafetyImpact = &affected.safety
		}
		if site := s.sites[hit.site]; site != "" {
			in.SiteId = &site
		}
		made := &incidentsv1.Incident{}
		err := s.Clients[other].Do(ctx, &incidentsv1.CreateIncidentRequest{Incident: in}, made)
		id = made.Id
		return err
	})
	if reach == untouched {
		return
	}
	if reach == dropped {
		s.plan(at.Add(s.between(time.Hour, 8*time.Hour)), "cancel", update(desk, &incidentsv1.Incident{Status: "cancelled", Reason: "Reported twice."}, "status"))
		return
	}
	who := s.IDs[desk]
	at = at.Add(s.between(3*time.Minute, 40*time.Minute))
	s.plan(at, "acknowledge", update(desk, &incidentsv1.Incident{Status: "acknowledged", AssigneeId: &who}, "status", "assignee_id"))
	if about.category == "safety" && i%3 == 0 {
		s.plan(at.Add(time.Minute), "declare a major incident", func(ctx context.Context) error {
			return s.Clients[desk].Do(ctx, &incidentsv1.PromoteIncidentRequest{Id: id, Reason: "The alarm chain protects people."}, &incidentsv1.Incident{})
		})
	}
	if reach == seen {
		return
	}
	at = at.Add(s.between(5*time.Minute, 2*time.Hour))
	s.plan(at, "begin", update(desk, &incidentsv1.Incident{Status: "in_progress"}, "status"))
	s.plan(at.Add(2*time.Minute), "comment", say(desk, about.said, s.chance(40)))
	if reach == waiting || reach > waiting && s.chance(25) {
		at = at.Add(s.between(20*time.Minute, 3*time.Hour))
		reason := "Waiting for a spare part."
		s.plan(at, "put on hold", update(desk, &incidentsv1.Incident{Status: "on_hold", OnHoldReason: &reason}, "status", "on_hold_reason"))
		if reach == waiting {
			return
		}
		at = at.Add(s.between(2*time.Hour, 30*time.Hour))
		s.plan(at, "go on", update(desk, &incidentsv1.Incident{Status: "in_progress"}, "status"))
	}
	if reach == working {
		return
	}
	at = at.Add(s.between(30*time.Minute, 9*time.Hour))
	s.plan(at, "resolve", update(desk, &incidentsv1.Incident{Status: "resolved", ResolutionCode: &about.code, ResolutionNote: &about.note}, "status", "resolution_code", "resolution_note"))
	s.plan(at.Add(5*time.Minute), "comment", say(other, "Works again, thank you.", false))
	if reach == solved {
		return
	}
	s.plan(at.Add(s.between(4*time.Hour, 60*time.Hour)), "close", update(desk, &incidentsv1.Incident{Status: "closed"}, "status"))
}

// severity follows from what is hit.
func severity(about trouble, hit asset) string {
	if about.impact == 1 && hit.critical == "critical" {
		return "critical"
	}
	return map[int32]string{1: "high", 2: "medium", 3: "low"}[about.impact]
}
