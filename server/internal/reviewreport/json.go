package reviewreport

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
)

// Document is a report as JSON.
type Document struct {
	jsonHead
	Findings []jsonFinding `json:"findings" about:"In the order of the taxonomy's risk levels, then of their creation."`
}

type jsonHead struct {
	GeneratedAt     string      `json:"generated_at" about:"When the report was made, UTC."`
	TaxonomyVersion int32       `json:"taxonomy_version" about:"The revision of the taxonomy whose words and labels these are; 0 is what every tenant begins with."`
	Session         jsonSession `json:"session"`
	Asset           jsonAsset   `json:"asset" about:"What was reviewed."`
	Client          *jsonClient `json:"client" about:"For whom; null for a review of one's own."`
	Summary         jsonSummary `json:"summary"`
}

type jsonSession struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	ReviewDate  string  `json:"review_date" about:"YYYY-MM-DD."`
	Reviewer    string  `json:"reviewer" about:"The full name of who led the review."`
	Status      string  `json:"status"`
	StatusLabel string  `json:"status_label"`
	Scope       *string `json:"scope" about:"Markdown."`
	Notes       *string `json:"notes" about:"Markdown."`
}

type jsonAsset struct {
	ID             string `json:"id"`
	Number         string `json:"number"`
	Name           string `json:"name"`
	AssetType      string `json:"asset_type"`
	AssetTypeLabel string `json:"asset_type_label"`
}

type jsonClient struct {
	ID                  string  `json:"id"`
	Name                string  `json:"name"`
	PrimaryContactName  *string `json:"primary_contact_name"`
	PrimaryContactEmail *string `json:"primary_contact_email"`
}

type jsonSummary struct {
	Total               int        `json:"total" about:"How many findings there are."`
	ByRiskLevel         counts     `json:"by_risk_level" about:"A number per risk level."`
	ByRemediationStatus counts     `json:"by_remediation_status" about:"A number per remediation status."`
	RiskLevels          []jsonWord `json:"risk_levels" about:"The same with labels and colours, in the taxonomy's order."`
	RemediationStatuses []jsonWord `json:"remediation_statuses" about:"The same with labels and colours, in the taxonomy's order."`
}

type jsonWord struct {
	Value string  `json:"value"`
	Label string  `json:"label"`
	Color *string `json:"color" about:"#rgb or #rrggbb."`
	Count int     `json:"count"`
}

type jsonFinding struct {
	ID                     string           `json:"id"`
	Number                 string           `json:"number"`
	Title                  string           `json:"title"`
	RiskLevel              string           `json:"risk_level"`
	RiskLevelLabel         string           `json:"risk_level_label"`
	RemediationStatus      string           `json:"remediation_status"`
	RemediationStatusLabel string           `json:"remediation_status_label"`
	Description            string           `json:"description" about:"Markdown."`
	Impact                 *string          `json:"impact" about:"Markdown."`
	Recommendation         *string          `json:"recommendation" about:"Markdown."`
	Location               *string          `json:"location"`
	CVSSVector             *string          `json:"cvss_vector" about:"CVSS 3.1 or 4.0."`
	CVSSScore              *float64         `json:"cvss_score" about:"0 to 10."`
	CVSSSeverity           *string          `json:"cvss_severity"`
	CWE                    *int32           `json:"cwe" about:"The weakness's number in the CWE."`
	References             []string         `json:"references"`
	DueAt                  *string          `json:"due_at" about:"UTC."`
	AcceptedUntil          *string          `json:"accepted_until" about:"Until when the risk is accepted, UTC."`
	SourceTool             *string          `json:"source_tool"`
	SourceRule             *string          `json:"source_rule"`
	Retests                []jsonRetest     `json:"retests"`
	Attachments            []jsonAttachment `json:"attachments"`
	CreatedAt              string           `json:"created_at" about:"UTC."`
	UpdatedAt              string           `json:"updated_at" about:"UTC."`
}

type jsonRetest struct {
	At     string  `json:"at" about:"UTC."`
	By     *string `json:"by" about:"The full name of who did it."`
	Result string  `json:"result" words:"fixed,not_fixed,partly"`
	Note   *string `json:"note" about:"Markdown."`
}

type jsonAttachment struct {
	FileName    string `json:"file_name"`
	ContentType string `json:"content_type"`
	SizeBytes   int64  `json:"size_bytes"`
	SHA256      string `json:"sha256" about:"In hexadecimal."`
}

// counts is an object with a member per word, in the vocabulary's order.
type counts []count

// MarshalJSON keeps the order, which a map would lose.
func (c counts) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, w := range c {
		if i > 0 {
			b = append(b, ',')
		}
		key, err := json.Marshal(w.Value)
		if err != nil {
			return nil, err
		}
		b = append(append(b, key...), ':')
		b = strconv.AppendInt(b, int64(w.n), 10)
	}
	return append(b, '}'), nil
}

// JSON writes the report as one document, a finding at a time.
func JSON(w io.Writer, in *Input) error {
	if err := in.check(); err != nil {
		return err
	}
	risks, statuses := tally(in.Risks, in.Findings, risk), tally(in.Statuses, in.Findings, status)
	head := jsonHead{
		GeneratedAt: stamp(in.Generated), TaxonomyVersion: in.Taxonomy,
		Session: jsonSession{
			ID: in.Session.ID, Name: in.Session.Name, ReviewDate: in.Session.Date, Reviewer: in.Reviewer,
			Status: in.Session.Status.Value, StatusLabel: in.Session.Status.Label, Scope: opt(in.Session.Scope), Notes: opt(in.Session.Notes),
		},
		Asset:   jsonAsset{ID: in.Asset.ID, Number: in.Asset.Number, Name: in.Asset.Name, AssetType: in.Asset.Type.Value, AssetTypeLabel: in.Asset.Type.Label},
		Summary: jsonSummary{Total: len(in.Findings), ByRiskLevel: risks, ByRemediationStatus: statuses, RiskLevels: wordsOf(risks), RemediationStatuses: wordsOf(statuses)},
	}
	if c := in.Client; c != nil {
		head.Client = &jsonClient{ID: c.ID, Name: c.Name, PrimaryContactName: opt(c.Contact), PrimaryContactEmail: opt(c.Email)}
	}
	out := bufio.NewWriterSize(&limited{w: w}, 32<<10)
	text, err := json.MarshalIndent(head, "", "  ")
	if err != nil {
		return err
	}
	_, _ = out.Write(text[:len(text)-2]) // without the closing brace and the line end before it
	_, _ = out.WriteString(",\n  \"findings\": [")
	for i := range in.Findings {
		between := ",\n    "
		if i == 0 {
			between = "\n    "
		}
		text, err := json.MarshalIndent(jsonOf(&in.Findings[i]), "    ", "  ")
		if err != nil {
			return err
		}
		_, _ = out.WriteString(between)
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
	if len(in.Findings) > 0 {
		_, _ = out.WriteString("\n  ")
	}
	_, _ = out.WriteString("]\n}\n")
	return out.Flush()
}

func jsonOf(f *Finding) *jsonFinding {
	out := &jsonFinding{
		ID: f.ID, Number: f.Number, Title: f.Title, RiskLevel: f.Risk.Value, RiskLevelLabel: f.Risk.Label,
		RemediationStatus: f.Status.Value, RemediationStatusLabel: f.Status.Label,
		Description: f.Description, Impact: opt(f.Impact), Recommendation: opt(f.Recommendation), Location: opt(f.Location),
		CVSSVector: opt(f.Vector), CVSSScore: f.Score, CVSSSeverity: opt(f.Severity), References: f.References,
		DueAt: opt(stampOpt(f.Due)), AcceptedUntil: opt(stampOpt(f.AcceptedUntil)), SourceTool: opt(f.Tool), SourceRule: opt(f.Rule),
		Retests: []jsonRetest{}, Attachments: []jsonAttachment{}, CreatedAt: stamp(f.Created), UpdatedAt: stamp(f.Updated),
	}
	if f.CWE != 0 {
		out.CWE = &f.CWE
	}
	if out.References == nil {
		out.References = []string{}
	}
	for _, r := range f.Retests {
		out.Retests = append(out.Retests, jsonRetest{At: stamp(r.At), By: opt(r.By), Result: r.Result, Note: opt(r.Note)})
	}
	for _, a := range f.Attachments {
		out.Attachments = append(out.Attachments, jsonAttachment{FileName: a.Name, ContentType: a.ContentType, SizeBytes: a.Size, SHA256: a.SHA256})
	}
	return out
}

func wordsOf(all []count) []jsonWord {
	out := make([]jsonWord, len(all))
	for i, c := range all {
		out[i] = jsonWord{Value: c.Value, Label: c.Label, Color: opt(c.Color), Count: c.n}
	}
	return out
}

func opt(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
