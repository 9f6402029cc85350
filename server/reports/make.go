package reports

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/export"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/filedownload"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
	"github.com/holdfast-platform/holdfast/server/internal/reviewreport"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
)

// format is one of the kinds of reports.
type format struct {
	name, mediaType, contentType string
	about                        string
	write                        func(context.Context, io.Writer, *reviewreport.Input) error
}

var formats = []format{
	{"pdf", "application/pdf", "application/pdf",
		"A4 with cover, list of contents, summary, and a section per finding with its rendered Markdown, re-tests and evidence; in the tenant's colours and language.", reviewreport.PDF},
	{"csv", "text/csv", export.MediaType + "; header=present",
		"A row per finding, after RFC 4180. A cell that a spreadsheet would run has an apostrophe in front.", func(_ context.Context, w io.Writer, in *reviewreport.Input) error { return reviewreport.CSV(w, in) }},
	{"json", "application/json", "application/json",
		"One object: generated_at, taxonomy_version, session, asset, client, summary and findings, with the labels of their words.", func(_ context.Context, w io.Writer, in *reviewreport.Input) error { return reviewreport.JSON(w, in) }},
}

// Routes are the plain HTTP routes of the room: reports as files.
func (s Service) Routes() []rest.Route {
	access := &accessv1.Access{Rule: &accessv1.Access_Permission{Permission: "reports:read"}}
	own := &accessv1.Access{Rule: access.GetRule(), OwnTx: true}
	document := rest.Writes("Report", reviewreport.Document{})
	var out []rest.Route
	var given []string
	for _, f := range formats {
		given = append(given, f.mediaType)
		out = append(out, rest.Plain(http.MethodGet, "/api/v1/reports/sessions/{id}/"+f.name, own, s.make(f), rest.Makes(), rest.Carries(), rest.Gives(http.StatusOK, f.mediaType), document,
			rest.Summary("Make a report as "+strings.ToUpper(f.name), f.about+" The report is kept and can be fetched again, the same to the byte: Content-Location says where. "+
				"ETag and Repr-Digest hold its SHA-256. Findings come in the order of the taxonomy's risk levels, then of their creation. "+
				"413 for more than 1,000 findings or 25 MiB; HEAD is 405, since GET makes a report each time. With an Idempotency-Key a repeated request gives the first report again.")))
	}
	return append(out, rest.Plain(http.MethodGet, "/api/v1/reports/exports/{id}/download", access, s.download, rest.Reads(), rest.Carries(), rest.Gives(http.StatusOK, given...), document,
		rest.Also(http.StatusPartialContent, "The parts that Range asks for"), rest.Also(http.StatusNotModified, "The caller has it already (If-None-Match)"),
		rest.Header("Range", "The part that is wanted, such as bytes=0-1023."),
		rest.Header("If-None-Match", "The ETag of what the caller has: 304 when it is still the same."),
		rest.Summary("Fetch a report again", "Sends the report as it was made, the same to the byte. ETag and Repr-Digest hold its SHA-256. "+
			"502 with the reason artifact_missing, naming the export, when its file is gone or is not what was stored.")))
}

// patience is how long a request waits for its turn to make a report.
const patience = 20 * time.Second

// make makes a report: it is rendered into storage, its row is committed, and what is stored is sent.
func (s Service) make(f format) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		leave, err := s.turn(ctx)
		if err != nil {
			return err
		}
		defer leave()
		g, err := s.gather(ctx, r.PathValue("id"), f.name == "pdf")
		if err != nil {
			return err
		}
		key := blob.NewKey(ctx, "report")
		written, err := s.store(ctx, key, f, g.input)
		if err != nil {
			return err
		}
		answer := &kept{header: http.Header{}}
		print := sha256.Sum256([]byte(f.name + "\n" + g.session.ID.String()))
		stored, err := rpc.Commit(ctx, answer, print[:], func(ctx context.Context, w http.ResponseWriter) error {
			row, err := record(ctx, g, f, key, written)
			if err != nil {
				return err
			}
			_, err = io.WriteString(w, row.ID.String())
			return err
		})
		if !stored {
			s.keeper.Forget(ctx, key)
		}
		if err != nil {
			return err
		}
		if again := answer.header.Get("Idempotent-Replayed"); again != "" {
			w.Header().Set("Idempotent-Replayed", again)
		}
		r.SetPathValue("id", string(answer.body))
		for _, name := range []string{"Range", "If-Range", "If-None-Match", "If-Modified-Since"} {
			r.Header.Del(name) // a report that has just been made is sent whole
		}
		return s.download(w, r)
	}
}

// turn waits for one of the places in which reports are made.
func (s Service) turn(ctx context.Context) (leave func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
		return func() { <-s.slots }, nil
	case <-ctx.Done():
		return nil, fault.Unavailable(5*time.Second, "too many reports are being made, try again")
	}
}

// store renders a report into storage.
func (s Service) store(ctx context.Context, key string, f format, in *reviewreport.Input) (blob.Written, error) {
	from, to := io.Pipe()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil { // here nobody else would catch it
				to.CloseWithError(fmt.Errorf("reports: %v", p))
			}
		}()
		to.CloseWithError(f.write(ctx, to, in))
	}()
	written, err := s.keeper.Put(ctx, key, from, reviewreport.MaxBytes)
	from.CloseWithError(errors.New("reports: storing has ended"))
	cancel()
	<-done
	if errors.Is(err, reviewreport.ErrTooLarge) || errors.Is(err, blob.ErrTooLarge) {
		err = fault.TooLarge("the report would be larger than %s", fault.Size(reviewreport.MaxBytes))
	}
	return written, err
}

// record makes the row of a report that is in storage.
func record(ctx context.Context, g *gathered, f format, key string, written blob.Written) (*ent.ReportExport, error) {
	at := g.input.Generated
	c := db.From(ctx).ReportExport.Create().SetSessionID(g.session.ID).SetNillableClientID(g.session.ClientID).SetFormat(f.name).
		SetFileName(fileName(g.session.Name, at) + "." + f.name).SetContentType(f.contentType).SetSizeBytes(written.Size).SetSha256(written.SHA256).
		SetTaxonomyRevision(g.input.Taxonomy).SetRetentionExpiresAt(at.AddDate(0, 0, int(g.days))).SetStorageKey(key)
	if v := viewer.From(ctx); v.PersonID != uuid.Nil {
		c.SetCreatedBy(v.PersonID)
	}
	return c.Save(ctx)
}

// fileName is what a report is called: in letters that every system takes.
func fileName(session string, at time.Time) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(session) {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			b.WriteRune(unicode.ToLower(r))
		case !unicode.Is(unicode.Mn, r) && b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 60 {
			break
		}
	}
	name := strings.Trim(b.String(), "-")
	if name == "" {
		name = "session"
	}
	return "report-" + name + "-" + at.UTC().Format("20060102-150405")
}

// kept is the answer that the commit gives: the id of the export.
type kept struct {
	header http.Header
	body   []byte
}

// Header is the answer's.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader is not asked for.
func (*kept) WriteHeader(int) {}

// Write keeps the body.
func (k *kept) Write(b []byte) (int, error) {
	k.body = append(k.body, b...)
	return len(b), nil
}

// download sends a stored report.
func (s Service) download(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	e, err := db.From(ctx).ReportExport.Query().Where(api.ByID(kind, r.PathValue("id"))).Only(ctx)
	if err != nil {
		return err
	}
	sum, err := hex.DecodeString(e.Sha256)
	if err != nil {
		return err
	}
	return s.keeper.Send(w, r, &filedownload.Artifact{
		Kind: "export", ID: e.ID, Key: e.StorageKey, Name: e.FileName, ContentType: e.ContentType, Size: e.SizeBytes, SHA256: e.Sha256, At: e.CreatedAt, Proven: true,
	}, "Content-Location", "/api/v1/reports/exports/"+e.ID.String()+"/download", "Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":")
}
