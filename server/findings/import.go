package findings

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
	"github.com/holdfast-platform/holdfast/server/internal/scan"
	"github.com/holdfast-platform/holdfast/server/internal/upload"
)

// DefaultLimit is the size of the largest scanner file in bytes, where nothing else is set.
const DefaultLimit = 100 << 20

// Routes are the plain HTTP routes of the room: the files of scanners.
func (s Service) Routes() []rest.Route {
	if s.Limit == 0 {
		s.Limit = DefaultLimit
	}
	options := []rest.Option{
		rest.Carries(), rest.Gives(http.StatusOK, "application/json"), rest.Writes("FindingsImport", outcome{}), rest.Tagged("sessions"),
		rest.Summary("Import a scanner's findings", "Takes what a scanner wrote, as the body or as the part \"file\" of a form: SARIF 2.1.0, a traditional report of ZAP (XML or JSON), "+
			"Nessus version 2, Nuclei's JSON lines, or CSV with the columns "+strings.Join(scan.Columns, ", ")+" (title and risk_level must be there). "+
			"The answer says what becomes of each entry: create, update (seen again: when and where is noted), reopen (seen again though it was resolved), duplicate (says the same as "+
			"another row of the file), suppressed (the tool itself passes over it: why) or error (why). "+
			"The same weakness is one of the same tool, rule and mark in this session, wherever its line has moved to: sending a file twice adds nothing. "+
			"Unless dry_run is false nothing is stored. With dry_run=false the entries to create are stored, though others are refused, some hundred at a time; "+
			"should storing fail on the way, the rows that were not stored are errors, and sending the file again adds just these. "+
			"A file that is not what format says, or is broken anywhere, is 400 with the line, and nothing of it is stored; too large or too many entries is 413. "+
			"Texts are Markdown; one that is too long is cut and says so at its end. A risk level must be an active word of the taxonomy."),
		rest.Param("format", "string", "What wrote the file: sarif, zap, nessus, nuclei or csv. Required."),
		rest.Param("dry_run", "boolean", "False stores the findings; true, the default, only says what would be done."),
		rest.Takes("multipart/form-data", s.Limit+upload.Aside),
	}
	for _, t := range []string{
		"application/octet-stream", "application/json", "application/sarif+json", "application/xml", "text/xml", "text/csv", "text/plain", "application/x-ndjson",
		"application/jsonl",
	} {
		options = append(options, rest.Takes(t, s.Limit))
	}
	return []rest.Route{
		rest.Plain(http.MethodPost, "/api/v1/sessions/{id}/import",
			&accessv1.Access{Rule: &accessv1.Access_Permission{Permission: "findings:create"}, Also: "findings:update", OwnTx: true}, s.importFile, options...),
	}
}

// importFile takes findings from a scanner's file.
func (s Service) importFile(w http.ResponseWriter, r *http.Request) error {
	ctx, query := r.Context(), r.URL.Query()
	format, dry := query.Get("format"), query.Get("dry_run")
	switch {
	case !slices.Contains(scan.Formats, format):
		return fault.Invalid("format", "must be one of %s", strings.Join(scan.Formats, ", "))
	case dry != "" && dry != "true" && dry != "false":
		return fault.Invalid("dry_run", "must be true or false")
	}
	review, err := reviewed(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	sent, err := upload.Of(r)
	if err != nil {
		return err
	}
	file, err := scan.Receive(s.Folder, sent.Content)
	if err != nil {
		return unread(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	if file.Size > s.Limit {
		return fault.TooLarge("the file is larger than %s", fault.Size(s.Limit))
	}
	print := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%x", review.ID, format, dry, file.SHA256))
	if dry == "false" {
		if again, err := rpc.Replay(ctx, w, print[:]); again || err != nil {
			return err
		}
	}
	entries, err := scan.Open(file, format)
	if err != nil {
		return unread(err)
	}
	x := &intake{session: review, format: format, log: s.Log}
	if err := x.plan(ctx, entries); err != nil {
		return unread(err)
	}
	if dry != "false" {
		return answer(w, x.outcome())
	}
	if err := x.store(ctx, entries); err != nil {
		return unread(err)
	}
	_, err = rpc.Commit(ctx, w, print[:], func(_ context.Context, w http.ResponseWriter) error { return answer(w, x.outcome()) })
	return err
}

// reviewed is the session that a file is for.
func reviewed(ctx context.Context, text string) (*ent.Session, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return nil, fault.NotFound("session")
	}
	found, err := db.Labels(ctx, "Session", []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	if s, ok := found[id].(*ent.Session); ok {
		return s, nil
	}
	return nil, fault.NotFound("session")
}

// unread says why a file could not be taken.
func unread(err error) error {
	var wrong *scan.Error
	switch {
	case fault.Of(err) != nil:
		return fault.Of(err)
	case errors.As(err, &wrong) && wrong.Large:
		return fault.TooLarge("%s", wrong.Error())
	case errors.As(err, &wrong):
		return fault.Malformed("%s", wrong.Error())
	}
	return err
}

func answer(w http.ResponseWriter, o *outcome) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(o)
}

// progress tells the log how far an import is.
func (x *intake) progress(ctx context.Context, step string, done int) {
	if x.log != nil {
		x.log.LogAttrs(ctx, slog.LevelInfo, "import of findings", slog.String("session", x.session.ID.String()), slog.String("format", x.format),
			slog.String("step", step), slog.Int("rows", done), slog.Int("of", len(x.rows)))
	}
}
