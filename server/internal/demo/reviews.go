package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	findingsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/findings/v1"
	sessionsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sessions/v1"
	templatesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/templates/v1"
)

// How many reviews there are, and findings in all.
const (
	sessions = 12
	findings = 150
)

// A weakness is what findings are about.
type weakness struct {
	title, about, impact, advice, risk, vector string
	cwe                                        int32
}

// tools are the scanners that find a weakness, by its number, with their rule and a place; what no tool finds, people
// do.
var tools = map[int32][3]string{
	326:  {"nessus", "104743", "%s:443/tcp"},
	200:  {"nuclei", "tech-detect", "https://%s.example/"},
	1104: {"Trivy", "CVE-2024-48310", "%s/package-lock.json:%d"},
	693:  {"zap", "10038-1", "https://%s.example"},
}

var weaknesses = []weakness{
	{"SQL injection in the search of %s", "The parameter `q` reaches the query unescaped: a quote ends the statement.", "All customers' data can be read.", "Use parameters, never text put together.", "critical", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 89},
	{"Stored script in comments of %s", "HTML in a comment is shown as it came.", "A visitor's session can be taken over.", "Escape on output and set a Content-Security-Policy.", "high", "CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N", 79},
	{"Invoices of %s can be read by counting up", "`/invoices/1001` shows any customer's invoice to any signed-in one.", "Names and amounts of other customers.", "Check on each request whose record it is.", "high", "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N", 639},
	{"%s accepts TLS 1.0", "The server offers TLS 1.0 with CBC suites.", "An eavesdropper in the right place can break old sessions.", "Offer TLS 1.2 and 1.3 only.", "medium", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N", 326},
	{"No limit on sign-in attempts at %s", "A thousand wrong passwords in a minute are all answered.", "Weak passwords can be found by trying.", "Count per account and per address, and slow down.", "medium", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N", 307},
	{"Session of %s outlives the sign-out", "The cookie works for an hour after signing out.", "A stolen cookie stays useful.", "End the session on the server.", "medium", "CVSS:3.1/AV:N/AC:H/PR:L/UI:N/S:U/C:L/I:L/A:N", 613},
	{"%s tells its exact version", "The header `Server` names product and patch level.", "An attacker need not try out what fits.", "Leave the header out.", "low", "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N", 200},
	{"Outdated library in %s", "A library for PDF files is three years old; two advisories apply.", "Depends on what is uploaded.", "Update it and watch advisories.", "medium", "CVSS:3.1/AV:N/AC:H/PR:L/UI:R/S:U/C:L/I:L/A:L", 1104},
	{"Upload of %s takes any file type", "A file named `.svg` with a script inside is served as it came.", "A script runs in the application's name.", "Check type and content, serve from another origin.", "high", "CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N", 434},
	{"No Content-Security-Policy at %s", "Pages come without the header.", "A slip elsewhere weighs more.", "Begin in report-only mode, then enforce.", "informational", "", 693},
}

// reviews plans the sessions: old ones are completed, the last are planned.
func (s *story) reviews() {
	objects := append(append(s.of("web_application"), s.of("api")...), s.of("mobile_app")...)
	left := findings
	s.plan(s.begin.Add(47*time.Hour), "look through the templates", s.browse)
	for i := range sessions {
		at := s.begin.Add(48*time.Hour + (Span-60*time.Hour)*time.Duration(i)/sessions)
		count := 0 // of the last one, which is only planned
		if i < sessions-1 {
			count = left / (sessions - 1 - i)
		}
		left -= count
		s.session(at, objects[i%len(objects)], i, count)
	}
}

// browse learns which template there is for a kind of weakness.
func (s *story) browse(ctx context.Context) error {
	all, found := int32(100), &templatesv1.ListTemplatesResponse{}
	err := s.Clients[Dana].Do(ctx, &templatesv1.ListTemplatesRequest{PerPage: &all}, found)
	for _, t := range found.GetItems() {
		s.templates[t.GetCwe()] = t.GetId()
	}
	return err
}

// session plans one review and what it finds.
func (s *story) session(at time.Time, object asset, i, count int) {
	var id string
	reviewer := s.IDs[Dana]
	move := func(status string) func(context.Context) error {
		return func(ctx context.Context) error {
			return s.Clients[Dana].Do(ctx, &sessionsv1.UpdateSessionRequest{
				Session: &sessionsv1.Session{Id: id, Status: status}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"status"}},
			}, &sessionsv1.Session{})
		}
	}
	s.plan(at, "plan a review", func(ctx context.Context) error {
		scope := "All functions for signed-in and anonymous visitors of " + object.name + ". Load tests are out of scope."
		made := &sessionsv1.Session{}
		err := s.Clients[Dana].Do(ctx, &sessionsv1.CreateSessionRequest{Session: &sessionsv1.Session{
			AssetId: object.id, Name: object.name + " review " + at.Format("2006"), ReviewDate: at.Add(72 * time.Hour).Format(time.DateOnly),
			ReviewerId: reviewer, Scope: &scope,
		}}, made)
		id = made.Id
		return err
	})
	if count == 0 {
		return
	}
	s.plan(at.Add(time.Hour), "begin a review", move("in_progress"))
	for j := range count {
		s.finding(at.Add(2*time.Hour+time.Duration(j)*11*time.Minute), &id, object, weaknesses[(i+j)%len(weaknesses)], j)
	}
	if i < sessions-3 {
		s.plan(at.Add(120*time.Hour), "complete a review", move("completed"))
	}
}

// finding plans one finding and what becomes of it.
func (s *story) finding(at time.Time, session *string, object asset, w weakness, j int) {
	var id string
	s.plan(at, "note a finding", func(ctx context.Context) error {
		in := &findingsv1.Finding{
			SessionId: *session, Title: title(w.title, object.name), Description: w.about, RiskLevel: w.risk, Impact: &w.impact, Recommendation: &w.advice, Cwe: &w.cwe,
			References: []string{fmt.Sprintf("https://cwe.mitre.org/data/definitions/%d.html", w.cwe)},
		}
		if w.vector != "" {
			in.CvssVector = &w.vector
		}
		if template := s.templates[w.cwe]; template != "" && j%2 == 1 { // the texts are the template's
			in.TemplateId, in.Description, in.Impact, in.Recommendation, in.References = &template, "", nil, nil, nil
		}
		if tool, ok := tools[w.cwe]; ok {
			place := title(tool[2], strings.ToLower(strings.ReplaceAll(object.name, " ", "-")))
			place = strings.Replace(place, "%d", fmt.Sprint(100+j), 1)
			print := fmt.Sprintf("%s-%d", tool[1], j)
			in.SourceTool, in.SourceRule, in.Location, in.SourceFingerprint = &tool[0], &tool[1], &place, &print
		}
		if w.risk == "critical" || w.risk == "high" {
			in.DueAt = timestamppb.New(at.Add(30 * 24 * time.Hour))
		}
		made := &findingsv1.Finding{}
		err := s.Clients[Dana].Do(ctx, &findingsv1.CreateFindingRequest{Finding: in}, made)
		id = made.Id
		return err
	})
	move := func(after time.Duration, in *findingsv1.Finding, fields ...string) bool {
		at = at.Add(after)
		return s.plan(at, "follow a finding up", func(ctx context.Context) error {
			in.Id = id
			return s.Clients[Dana].Do(ctx, &findingsv1.UpdateFindingRequest{Finding: in, UpdateMask: &fieldmaskpb.FieldMask{Paths: fields}}, &findingsv1.Finding{})
		})
	}
	try := func(after time.Duration, result, note string) bool {
		at = at.Add(after)
		return s.plan(at, "try whether it is put right", func(ctx context.Context) error {
			return s.Clients[Dana].Do(ctx, &findingsv1.AddRetestRequest{Id: id, Retest: &findingsv1.Retest{Result: result, Note: &note}}, &findingsv1.Retest{})
		})
	}
	switch j % 7 {
	case 0, 1, 2: // put right
		if move(s.between(24*time.Hour, 240*time.Hour), &findingsv1.Finding{RemediationStatus: "in_progress"}, "remediation_status") &&
			move(s.between(48*time.Hour, 480*time.Hour), &findingsv1.Finding{RemediationStatus: "ready_for_retest"}, "remediation_status") {
			if j%3 != 1 || try(s.between(12*time.Hour, 48*time.Hour), "partly", "The first example is refused now; with another encoding it still works.") {
				try(s.between(24*time.Hour, 120*time.Hour), "fixed", "Tried again with the steps of the finding and two variations: refused each time.")
			}
		}
	case 3: // lived with
		if w.risk == "low" || w.risk == "informational" || w.risk == "medium" {
			move(s.between(48*time.Hour, 300*time.Hour), &findingsv1.Finding{
				RemediationStatus: "accepted_risk", AcceptedUntil: timestamppb.New(s.end.Add(time.Duration(5+40*(j%5)) * 24 * time.Hour)),
				Reason: "The application is replaced next year.",
			}, "remediation_status", "accepted_until")
		}
	case 4:
		move(s.between(24*time.Hour, 100*time.Hour), &findingsv1.Finding{RemediationStatus: "false_positive", Reason: "Could not be repeated with the developers."}, "remediation_status")
	}
}

// title puts a name into a title.
func title(text, name string) string { return strings.Replace(text, "%s", name, 1) }
