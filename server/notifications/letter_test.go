package notifications

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
)

// The first language that somebody has named decides; where there are no texts in it, English stands in.
func TestLanguages(t *testing.T) {
	t.Parallel()
	for want, all := range map[string][][]string{
		"Hello %s,":     {{}, {""}, {"en"}, {"en-GB", "de"}, {"fr", "de"}, {"no such", "de"}},
		"Guten Tag %s,": {{"de"}, {"de-CH"}, {"", "de-AT"}, {"", "", "DE"}},
	} {
		for _, locales := range all {
			if got := in(locales...).hello; got != want {
				t.Errorf("%q are greeted %q", locales, got)
			}
		}
	}
	for _, w := range texts {
		for cause := range texts[0].causes {
			if w.causes[cause] == "" {
				t.Errorf("%q says nothing of %s", w.hello, cause)
			}
		}
	}
}

// What people wrote cannot break a letter's lines, nor its subject; a record without a number is linked by its id.
func TestLetter(t *testing.T) {
	t.Parallel()
	id := uuid.New()
	n := &ent.Notification{Cause: watched, RecordKind: "site", RecordID: id, RecordLabel: "Dock\r\nBcc: all@example.org", Detail: "active → closed"}
	m := letter(in("en"), "http://desk.example.org/", "Harbour", &ent.User{FullName: "Ada", Email: "ada@harbour.example"}, []*ent.Notification{n})
	if m.To != "ada@harbour.example" || m.Subject != "Harbour: Dock Bcc: all@example.org: changed its state (active → closed)" {
		t.Errorf("to %q: %q", m.To, m.Subject)
	}
	if !strings.Contains(m.Text, "\nDock Bcc: all@example.org: changed its state (active → closed)\nhttp://desk.example.org/sites/"+id.String()+"\n") {
		t.Errorf("the text is\n%s", m.Text)
	}
}
