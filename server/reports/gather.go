package reports

import (
	"context"
	"encoding/base64"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/attachment"
	"github.com/holdfast-platform/holdfast/gen/ent/finding"
	"github.com/holdfast-platform/holdfast/gen/ent/retest"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/calendar"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/filedownload"
	"github.com/holdfast-platform/holdfast/server/internal/reviewreport"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// keptDays is how long a report is kept where the tenant has decided nothing.
const keptDays = 365

// gathered is a session with everything that its report says.
type gathered struct {
	session *ent.Session
	input   *reviewreport.Input
	days    int32 // that the report is kept
}

// gather reads a session for its report, as the caller may. Only what belongs to the report itself, the tenant's own
// look and the names of reviewers, is read for those who may not read it elsewhere.
func (s Service) gather(ctx context.Context, id string, evidence bool) (*gathered, error) {
	session, err := db.From(ctx).Session.Query().Where(api.ByID("Session", id)).Only(ctx)
	if err != nil {
		return nil, err
	}
	words, err := vocabulary.Current(ctx)
	if err != nil {
		return nil, err
	}
	g := &gathered{session: session, days: keptDays}
	g.input = &reviewreport.Input{
		Generated: clock.Now(ctx), Taxonomy: words.Revision,
		Session: reviewreport.Session{
			ID: session.ID.String(), Name: session.Name, Date: session.ReviewDate, Scope: text(session.Scope), Notes: text(session.Notes),
			Status: word(words, vocabulary.SessionStatus, session.Status),
		},
		Risks: activeWords(words, vocabulary.RiskLevel), Statuses: activeWords(words, vocabulary.RemediationStatus),
	}
	asset, err := db.From(ctx).Asset.Get(ctx, session.AssetID)
	if err != nil {
		return nil, err
	}
	g.input.Asset = reviewreport.Asset{ID: asset.ID.String(), Number: db.Short("Asset", asset.Number), Name: asset.Name, Type: word(words, vocabulary.AssetType, asset.AssetType)}
	if session.ClientID != nil {
		c, err := db.From(ctx).Customer.Get(ctx, *session.ClientID)
		if err != nil {
			return nil, err
		}
		g.input.Client = &reviewreport.Client{ID: c.ID.String(), Name: c.Name, Contact: text(c.PrimaryContactName), Email: text(c.PrimaryContactEmail)}
	}
	retests, err := s.findings(ctx, g, words, evidence)
	if err != nil {
		return nil, err
	}
	return g, g.authored(ctx, retests)
}

// findings reads the session's findings, their re-tests and their files.
func (s Service) findings(ctx context.Context, g *gathered, words *vocabulary.Version, evidence bool) ([]*ent.Retest, error) {
	rows, err := db.From(ctx).Finding.Query().Where(finding.SessionID(g.session.ID)).Limit(reviewreport.MaxFindings + 1).All(ctx)
	if err != nil {
		return nil, err
	}
	if len(rows) > reviewreport.MaxFindings {
		return nil, fault.TooLarge("the session has more than %d findings, the most that a report takes", reviewreport.MaxFindings)
	}
	ids := make([]uuid.UUID, len(rows))
	for i, f := range rows {
		ids[i] = f.ID
	}
	var retests []*ent.Retest
	files := map[uuid.UUID][]reviewreport.Attachment{}
	if len(ids) > 0 {
		if retests, err = db.From(ctx).Retest.Query().Where(retest.FindingIDIn(ids...)).Order(retest.ByAt(), retest.ByID()).All(ctx); err != nil {
			return nil, err
		}
		attached, err := db.From(ctx).Attachment.Query().Where(attachment.RecordKind(ent.KindFinding), attachment.RecordIDIn(ids...)).
			Order(attachment.ByCreatedAt(), attachment.ByID()).All(ctx)
		if err != nil {
			return nil, err
		}
		for _, a := range attached {
			f := reviewreport.Attachment{Name: a.FileName, ContentType: a.ContentType, SHA256: a.Sha256, Size: a.SizeBytes}
			if evidence {
				f.Open = func() (io.ReadCloser, error) { return s.picture(ctx, a) }
			}
			files[a.RecordID] = append(files[a.RecordID], f)
		}
	}
	for _, f := range rows {
		out := reviewreport.Finding{
			ID: f.ID.String(), Number: db.Short("Finding", f.Number), Title: f.Title, Description: f.Description, Impact: text(f.Impact), Recommendation: text(f.Recommendation),
			Risk: word(words, vocabulary.RiskLevel, f.RiskLevel), Status: word(words, vocabulary.RemediationStatus, f.RemediationStatus), References: f.References,
			Vector: text(f.CvssVector), Severity: text(f.CvssSeverity), Score: f.CvssScore, Location: text(f.Location), Tool: text(f.SourceTool), Rule: text(f.SourceRule),
			Due: f.DueAt, AcceptedUntil: f.AcceptedUntil, Created: f.CreatedAt, Updated: f.UpdatedAt, Attachments: files[f.ID],
		}
		if f.Cwe != nil {
			out.CWE = *f.Cwe
		}
		g.input.Findings = append(g.input.Findings, out)
	}
	g.input.Arrange()
	return retests, nil
}

// picture opens the file of an attachment.
func (s Service) picture(ctx context.Context, a *ent.Attachment) (io.ReadCloser, error) {
	f, err := s.keeper.Get(ctx, &filedownload.Artifact{Kind: "attachment", ID: a.ID, Key: a.StorageKey, Name: a.FileName, Size: a.SizeBytes})
	switch {
	case filedownload.Gone(err):
		return nil, fs.ErrNotExist
	case err != nil:
		return nil, err
	}
	return f, nil
}

// authored adds who made the report: the tenant's look, its reviewer, and who did the re-tests.
func (g *gathered) authored(ctx context.Context, retests []*ent.Retest) error {
	ctx = viewer.As(ctx, viewer.Publisher)
	tenant, err := db.From(ctx).Tenant.Query().Only(ctx)
	if err != nil {
		return err
	}
	in := g.input
	in.Brand.Name, in.Language = tenant.Name, "en"
	decided, err := db.From(ctx).Setting.Query().Only(ctx)
	switch {
	case ent.IsNotFound(err):
	case err != nil:
		return err
	default:
		if name := text(decided.BrandName); name != "" {
			in.Brand.Name = name
		}
		in.Brand.Color, in.Brand.Logo = text(decided.BrandColor), logo(text(decided.BrandLogo))
		in.Language, g.days = decided.Locale, decided.RetentionReportDays
		if in.Zone, err = calendar.Zone(decided.TimeZone); err != nil {
			in.Zone = time.UTC
		}
	}
	people := map[uuid.UUID]string{g.session.ReviewerID: ""}
	for _, r := range retests {
		people[r.By] = ""
	}
	ids := make([]uuid.UUID, 0, len(people))
	for id := range people {
		ids = append(ids, id)
	}
	rows, err := db.From(ctx).User.Query().Where(user.IDIn(ids...)).All(ctx)
	if err != nil {
		return err
	}
	for _, u := range rows {
		people[u.ID] = u.FullName
	}
	in.Reviewer = people[g.session.ReviewerID]
	at := map[string]*reviewreport.Finding{}
	for i := range in.Findings {
		at[in.Findings[i].ID] = &in.Findings[i]
	}
	for _, r := range retests {
		f := at[r.FindingID.String()]
		f.Retests = append(f.Retests, reviewreport.Retest{At: r.At, By: people[r.By], Result: r.Result, Note: text(r.Note)})
	}
	return nil
}

// logo is what a data address holds. A logo elsewhere in the web is not fetched.
func logo(address string) []byte {
	head, data, ok := strings.Cut(address, ";base64,")
	if !ok || !strings.HasPrefix(head, "data:image/") {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		return nil
	}
	return b
}

func word(v *vocabulary.Version, d vocabulary.Domain, value string) reviewreport.Word {
	return reviewreport.Word{Value: value, Label: v.Label(d, value), Color: v.Color(d, value)}
}

func activeWords(v *vocabulary.Version, d vocabulary.Domain) []reviewreport.Word {
	var out []reviewreport.Word
	for _, w := range v.All(d) {
		out = append(out, reviewreport.Word{Value: w.Value, Label: w.Label, Color: w.Color})
	}
	return out
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
