package assets

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/export"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
	"github.com/holdfast-platform/holdfast/server/internal/upload"
)

// largest is the largest table in bytes, mostRows the longest.
const (
	largest  = 64 << 20
	mostRows = 200_000
)

// batch is how many rows one statement creates, and after how many the log hears of it.
const batch = 500

// Routes are the plain HTTP routes of the room: assets as a table.
func (s Service) Routes() []rest.Route {
	reading := []rest.Option{
		rest.Reads(), rest.Gives(http.StatusOK, "text/csv"),
		rest.Summary("Assets as a table", "Streams every asset that matches, as CSV with the columns that the import reads. Sites and clients are written by name, owners by "+
			"e-mail address, lists joined by semicolons, metadata as JSON. A column whose names the caller may not read is left out."),
	}
	for _, name := range listTable.Parameters() {
		reading = append(reading, rest.Param(name, "string", "As in the list of assets."))
	}
	return []rest.Route{
		rest.Plain(http.MethodPost, "/api/v1/assets/import",
			&accessv1.Access{Rule: &accessv1.Access_Permission{Permission: "assets:create"}, Also: "assets:update", OwnTx: true}, s.importTable, rest.Carries(),
			rest.Takes("text/csv", largest), rest.Takes("multipart/form-data", largest+upload.Aside), rest.Gives(http.StatusOK, "application/json"), rest.Writes("AssetsImport", outcome{}),
			rest.Summary("Import assets from a table", "Takes CSV (UTF-8, comma, with a header) as the body or as the multipart part \"file\". Columns are named after the fields: "+
				"site and client hold names, owner an e-mail address, tags words joined by semicolons, metadata JSON. An empty cell clears an optional field; a missing column leaves it. "+
				"A row with the id of an asset, as the export writes it, changes that asset; else match_on finds it; else the row makes a new one. "+
				"The answer says what becomes of each row (create, update, skip or error) and holds the plan, a hash of all of it. Unless dry_run is false nothing is stored. "+
				"With dry_run=false all rows are stored or none: any error row makes it 400, and 409 when plan is given and would differ now."),
			rest.Param("dry_run", "boolean", "False stores the rows; true, the default, only says what would be done."),
			rest.Param("match_on", "string", "The column that tells which asset a row is about: serial, hostname or name."),
			rest.Param("plan", "string", "The plan that the dry run answered.")),
		rest.Plain(http.MethodGet, "/api/v1/assets/export",
			&accessv1.Access{Rule: &accessv1.Access_Permission{Permission: "assets:read"}}, s.export, reading...),
	}
}

// outcome is the answer to an import.
type outcome struct {
	Summary summary   `json:"summary" about:"How many rows became what."`
	Rows    []rowDone `json:"rows" about:"The table's rows in their order."`
	Plan    string    `json:"plan" about:"A hash of all that is to be done, to be sent with dry_run=false."`
}

type summary struct {
	Create int `json:"create" about:"Rows that make a new asset."`
	Update int `json:"update" about:"Rows that change an asset."`
	Skip   int `json:"skip" about:"Rows that change nothing."`
	Error  int `json:"error" about:"Rows that are refused."`
}

// rowDone is what became of one row; rows count from 1 without the header.
type rowDone struct {
	Row    int               `json:"row" about:"The row's place in the table, from 1 without the header."`
	Action string            `json:"action" words:"create,update,skip,error" about:"What becomes of the row."`
	ID     *string           `json:"id" about:"The asset; null for one that is not made yet."`
	Errors map[string]string `json:"errors" about:"What is wrong, by column."`
}

// importTable takes assets from CSV.
func (s Service) importTable(w http.ResponseWriter, r *http.Request) error {
	ctx, query := r.Context(), r.URL.Query()
	matchOn, plan := query.Get("match_on"), query.Get("plan")
	dry := query.Get("dry_run")
	switch {
	case dry != "" && dry != "true" && dry != "false":
		return fault.Invalid("dry_run", "must be true or false")
	case matchOn != "" && keys[matchOn] == nil:
		return fault.Invalid("match_on", "must be serial, hostname or name")
	}
	sent, err := upload.Of(r)
	if err != nil {
		return err
	}
	sum := sha256.New()
	t, err := readTable(io.TeeReader(sent.Content, sum), matchOn)
	if err != nil {
		return err
	}
	s.progress(ctx, "read", len(t.rows), len(t.rows))
	if dry != "false" {
		if err := t.decide(ctx); err != nil {
			return err
		}
		return answer(w, http.StatusOK, t.outcome())
	}
	refused := errors.New("rows are wrong")
	t.applying = true
	print := sha256.Sum256(fmt.Appendf(nil, "%q %q %x", matchOn, plan, sum.Sum(nil)))
	_, err = rpc.Commit(ctx, w, print[:], func(ctx context.Context, w http.ResponseWriter) error {
		if err := t.decide(ctx); err != nil {
			return err
		}
		switch {
		case t.outcome().Summary.Error > 0:
			return refused
		case plan != "" && plan != t.plan:
			return fault.Conflict("plan_changed", "the table would now do something else than the plan says: make a new dry run")
		}
		if err := s.apply(ctx, t); err != nil {
			return err
		}
		return answer(w, http.StatusOK, t.outcome())
	})
	if errors.Is(err, refused) {
		return s.refuse(ctx, w, t.outcome())
	}
	return err
}

// unread says why a body could not be read.
func unread(err error) error {
	var wrong *export.Error
	switch {
	case fault.Of(err) != nil:
		return err
	case errors.As(err, &wrong):
		return fault.Malformed("%s", wrong.Error())
	}
	return fault.Malformed("the body could not be read to its end")
}

// readTable reads all of a table and checks each row for itself.
func readTable(body io.Reader, matchOn string) (*table, error) {
	cells, err := export.NewReader(body, export.Limits{Rows: mostRows})
	if err != nil {
		return nil, unread(err)
	}
	t := &table{matchOn: matchOn}
	for _, name := range cells.Header() {
		c := columnNamed(strings.TrimSpace(name))
		if c == nil {
			return nil, fault.Malformed("header: there is no column %.100q; there are %s", name, strings.Join(columnNames(), ", "))
		}
		t.columns = append(t.columns, c)
	}
	if matchOn != "" && !slices.Contains(t.columns, columnNamed(matchOn)) {
		return nil, fault.Invalid("match_on", "the table has no column %s", matchOn)
	}
	for {
		number, line, err := cells.Next()
		var wrong *export.Error
		switch {
		case errors.Is(err, io.EOF):
			return t, nil
		case errors.As(err, &wrong) && wrong.Passing:
			r := &row{number: number}
			r.wrong("row", "%s", wrong.Message)
			r.flaws = r.errors
			t.rows = append(t.rows, r)
			continue
		case err != nil:
			return nil, unread(err)
		}
		r := &row{number: number, cells: line}
		t.parse(r)
		t.rows = append(t.rows, r)
	}
}

func columnNames() []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return names
}

// apply does what was decided.
func (s Service) apply(ctx context.Context, t *table) error {
	done := 0
	told := func(n int) {
		if done/batch != (done+n)/batch {
			s.progress(ctx, "store", done+n, len(t.rows))
		}
		done += n
	}
	var made []*row
	for _, r := range t.rows {
		switch r.action {
		case actionCreate:
			if made = append(made, r); len(made) == batch {
				if err := create(ctx, made); err != nil {
					return err
				}
				told(len(made))
				made = made[:0]
			}
		case actionUpdate:
			if err := r.update(ctx); err != nil {
				return err
			}
			told(1)
		default:
			told(1)
		}
	}
	return create(ctx, made)
}

// create makes the assets of some rows in one statement.
func create(ctx context.Context, rows []*row) error {
	if len(rows) == 0 {
		return nil
	}
	builders := make([]*ent.AssetCreate, len(rows))
	for i, r := range rows {
		builders[i] = db.From(ctx).Asset.Create()
		if err := fillAsset(ctx, builders[i].Mutation(), r.asset, api.MaskOf(&assetsv1.CreateAssetRequest{})); err != nil {
			return err
		}
	}
	made, err := db.From(ctx).Asset.CreateBulk(builders...).Save(ctx)
	for i, a := range made {
		rows[i].id = a.ID
	}
	return err
}

// update changes the asset of a row.
func (r *row) update(ctx context.Context) error {
	u := db.From(ctx).Asset.UpdateOneID(r.before.ID).SetVersion(r.before.Version)
	in := &assetsv1.UpdateAssetRequest{Asset: r.asset, UpdateMask: &fieldmaskpb.FieldMask{Paths: r.fields}}
	if err := fillAsset(ctx, u.Mutation(), r.asset, api.MaskOf(in)); err != nil {
		return err
	}
	if r.asset.GetReason() != "" {
		call := *viewer.CallOf(ctx)
		call.Reason = r.asset.GetReason()
		ctx = viewer.WithCall(ctx, &call)
	}
	if _, err := u.Save(ctx); err != nil || !slices.Contains(r.fields, "client_id") {
		return err
	}
	client, _ := uuid.Parse(r.asset.GetClientId()) // Nil where it is cleared; the mutation has checked it
	return dependents.Follow(ctx, ent.KindAsset, r.before.ID, client)
}

// outcome is what is answered.
func (t *table) outcome() *outcome {
	out := &outcome{Rows: make([]rowDone, len(t.rows)), Plan: t.plan}
	for i, r := range t.rows {
		out.Rows[i] = rowDone{Row: r.number, Action: r.action, Errors: r.errors}
		if r.id != uuid.Nil {
			id := r.id.String()
			out.Rows[i].ID = &id
		}
		if r.errors == nil {
			out.Rows[i].Errors = map[string]string{}
		}
		switch r.action {
		case actionCreate:
			out.Summary.Create++
		case actionUpdate:
			out.Summary.Update++
		case actionSkip:
			out.Summary.Skip++
		default:
			out.Summary.Error++
		}
	}
	return out
}

// refuse answers a problem that shows the rows.
func (s Service) refuse(ctx context.Context, w http.ResponseWriter, o *outcome) error {
	text := fmt.Sprintf("%d of %d rows are wrong, nothing was stored", o.Summary.Error, len(o.Rows))
	w.Header().Set("Content-Type", "application/problem+json")
	return answer(w, http.StatusBadRequest, struct {
		Type      string            `json:"type"`
		Title     string            `json:"title"`
		Status    int               `json:"status"`
		Code      string            `json:"code"`
		Reason    string            `json:"reason"`
		Error     string            `json:"error"`
		Detail    string            `json:"detail"`
		Fields    map[string]string `json:"fields"`
		RequestID string            `json:"request_id"`
		*outcome
	}{"about:blank", "Bad Request", http.StatusBadRequest, "invalid_argument", "rows", text, text, map[string]string{}, viewer.CallOf(ctx).RequestID, o})
}

// answer writes JSON.
func answer(w http.ResponseWriter, status int, body any) error {
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	return json.NewEncoder(w).Encode(body)
}

// progress tells the log how far an import is.
func (s Service) progress(ctx context.Context, step string, done, all int) {
	if s.Log != nil {
		s.Log.LogAttrs(ctx, slog.LevelInfo, "import of assets", slog.String("step", step), slog.Int("rows", done), slog.Int("of", all))
	}
}
