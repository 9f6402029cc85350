package reviewreport

import (
	"strconv"
	"strings"
	"time"
)

// words are the report's own, by language. German is for "de" and its regions, English for everything else.
var words = map[string]map[string]string{
	"en": {
		"report": "Security review report", "client": "Client", "asset": "Asset", "reviewer": "Reviewer", "date": "Review date", "status": "Status",
		"generated": "Generated", "confidential": "Confidential", "for": "Confidential – for %s only", "contents": "Contents", "summary": "Summary",
		"scope": "Scope", "notes": "Notes", "findings": "Findings", "finding": "Finding", "none": "This review has no findings.",
		"one": "This review has one finding.", "many": "This review has %s findings.", "risks": "Findings by risk level", "statuses": "Findings by remediation status",
		"risk": "Risk", "title": "Title", "number": "No.", "page": "Page %d of %d", "p": "Page", "description": "Description", "impact": "Impact",
		"recommendation": "Recommendation", "references": "References", "retests": "Re-tests", "evidence": "Evidence", "files": "Further files",
		"file": "File", "type": "Type", "size": "Size", "location": "Location", "vector": "CVSS vector", "score": "CVSS score", "cwe": "CWE", "due": "Due",
		"accepted": "Risk accepted until", "source": "Source", "fixed": "Fixed", "not_fixed": "Not fixed",
		"partly": "Partly fixed", "figure": "Figure %d", "nopicture": "not shown: %s", "unreadable": "the file cannot be read as a picture",
		"huge": "the picture is too large", "gone": "the file is missing", "image": "Image", "overview": "All findings", "taxonomy": "Risk and status words: taxonomy version %d.",
		"defaults": "Risk and status words: the defaults.", "table": "Table", "chart": "Bar chart of the findings by risk level", "logo": "Logo of %s",
		"cvss_none": "none", "cvss_low": "low", "cvss_medium": "medium", "cvss_high": "high", "cvss_critical": "critical",
	},
	"de": {
		"report": "Bericht zur Sicherheitsprüfung", "client": "Auftraggeber", "asset": "Prüfgegenstand", "reviewer": "Prüfer", "date": "Prüfdatum", "status": "Status",
		"generated": "Erstellt", "confidential": "Vertraulich", "for": "Vertraulich – nur für %s", "contents": "Inhalt", "summary": "Zusammenfassung",
		"scope": "Prüfumfang", "notes": "Anmerkungen", "findings": "Feststellungen", "finding": "Feststellung", "none": "Diese Prüfung hat keine Feststellungen ergeben.",
		"one": "Diese Prüfung hat eine Feststellung ergeben.", "many": "Diese Prüfung hat %s Feststellungen ergeben.", "risks": "Feststellungen nach Risiko", "statuses": "Feststellungen nach Status der Behebung",
		"risk": "Risiko", "title": "Titel", "number": "Nr.", "page": "Seite %d von %d", "p": "Seite", "description": "Beschreibung", "impact": "Auswirkung",
		"recommendation": "Empfehlung", "references": "Verweise", "retests": "Nachprüfungen", "evidence": "Belege", "files": "Weitere Dateien",
		"file": "Datei", "type": "Art", "size": "Größe", "location": "Fundort", "vector": "CVSS-Vektor", "score": "CVSS-Wert", "cwe": "CWE", "due": "Fällig",
		"accepted": "Risiko akzeptiert bis", "source": "Quelle", "fixed": "Behoben", "not_fixed": "Nicht behoben",
		"partly": "Teilweise behoben", "figure": "Abbildung %d", "nopicture": "nicht gezeigt: %s", "unreadable": "die Datei lässt sich nicht als Bild lesen",
		"huge": "das Bild ist zu groß", "gone": "die Datei fehlt", "image": "Bild", "overview": "Alle Feststellungen", "taxonomy": "Wörter für Risiko und Status: Taxonomie Version %d.",
		"defaults": "Wörter für Risiko und Status: die Vorgaben.", "table": "Tabelle", "chart": "Balkendiagramm der Feststellungen nach Risiko", "logo": "Logo von %s",
		"cvss_none": "keine", "cvss_low": "niedrig", "cvss_medium": "mittel", "cvss_high": "hoch", "cvss_critical": "kritisch",
	},
}

// tongue says the report's own words in one language.
type tongue struct {
	tag  string
	said map[string]string
	zone *time.Location
}

func speak(language string, zone *time.Location) tongue {
	if zone == nil {
		zone = time.UTC
	}
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	if words[base] == nil {
		base = "en"
	}
	return tongue{tag: base, said: words[base], zone: zone}
}

// day writes a date, minute a time with its zone.
func (t tongue) day(at time.Time) string {
	if t.tag == "de" {
		return at.In(t.zone).Format("02.01.2006")
	}
	return at.In(t.zone).Format("2006-01-02")
}

func (t tongue) minute(at time.Time) string { return t.day(at) + at.In(t.zone).Format(" 15:04 MST") }

// date writes a day that is given as YYYY-MM-DD.
func (t tongue) date(day string) string {
	if at, err := time.Parse(time.DateOnly, day); err == nil && t.tag == "de" {
		return at.Format("02.01.2006")
	}
	return day
}

// size writes a number of bytes.
func (t tongue) size(n int64) string {
	unit, v := "B", float64(n)
	for _, u := range []string{"KiB", "MiB", "GiB"} {
		if v < 1024 {
			break
		}
		unit, v = u, v/1024
	}
	s := strconv.FormatFloat(v, 'f', 1, 64)
	if unit == "B" {
		s = strconv.FormatInt(n, 10)
	}
	return t.decimal(s) + " " + unit
}

// decimal writes a number as the language does.
func (t tongue) decimal(s string) string {
	if t.tag == "de" {
		return strings.Replace(s, ".", ",", 1)
	}
	return s
}
