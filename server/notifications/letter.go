package notifications

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/mail"
)

// words are the texts of a letter in one language.
type words struct {
	hello  string // to a person
	told   string // by a tenant
	many   string // a number of notifications
	causes map[string]string
	why    string
}

// spoken are the languages that letters are written in; the first stands in for all others.
var spoken = []language.Tag{language.English, language.German}

var matcher = language.NewMatcher(spoken)

var texts = []words{
	{
		hello: "Hello %s,", told: "this happened in %s:", many: "%d notifications",
		causes: map[string]string{
			assigned: "assigned to you", mentioned: "you were mentioned", watched: "changed its state",
			slaWarning: "a service level is about to be missed", slaBreach: "a service level was missed",
			acceptance: "its risk is accepted until then only", merged: "was merged, or parted again",
		},
		why: "You get this message because you chose in your preferences to be told by mail.",
	},
	{
		hello: "Guten Tag %s,", told: "in %s gibt es Neues:", many: "%d Benachrichtigungen",
		causes: map[string]string{
			assigned: "wurde Ihnen zugewiesen", mentioned: "Sie wurden erwähnt", watched: "hat den Zustand gewechselt",
			slaWarning: "eine Servicezeit läuft bald ab", slaBreach: "eine Servicezeit wurde überschritten",
			acceptance: "das Risiko ist nur noch bis dahin akzeptiert", merged: "wurde zusammengeführt oder wieder getrennt",
		},
		why: "Sie erhalten diese Nachricht, weil Sie in Ihren Einstellungen Benachrichtigungen per E-Mail gewählt haben.",
	},
}

// in chooses the texts by the first language that somebody has named.
func in(locales ...string) words {
	for _, l := range locales {
		if l != "" {
			_, i, _ := matcher.Match(language.Make(l))
			return texts[i]
		}
	}
	return texts[0]
}

// letter tells one person of all that has happened; url is where people reach the installation.
func letter(w words, url, tenant string, to *ent.User, rows []*ent.Notification) mail.Message {
	var b strings.Builder
	fmt.Fprintf(&b, w.hello+"\n\n"+w.told+"\n", line(to.FullName), line(tenant))
	for _, n := range rows {
		fmt.Fprintf(&b, "\n%s\n%s\n", w.of(n), link(url, n))
	}
	b.WriteString("\n" + w.why + "\n")
	subject := fmt.Sprintf(w.many, len(rows))
	if len(rows) == 1 {
		subject = w.of(rows[0])
	}
	return mail.Message{To: to.Email, Subject: line(tenant) + ": " + subject, Text: b.String()}
}

// of is one notification in one line.
func (w words) of(n *ent.Notification) string {
	cause := w.causes[n.Cause]
	if cause == "" {
		cause = n.Cause
	}
	text := line(n.RecordNumber+" "+n.RecordLabel) + ": " + cause
	if n.Detail != "" {
		text += " (" + line(n.Detail) + ")"
	}
	return text
}

// line keeps a text that somebody wrote from breaking the line.
func line(text string) string { return strings.Join(strings.Fields(text), " ") }

// link leads to the record.
func link(url string, n *ent.Notification) string {
	id := n.RecordNumber
	if id == "" {
		id = n.RecordID.String()
	}
	return strings.TrimRight(url, "/") + "/" + rule.Word(n.RecordKind) + "/" + id
}
