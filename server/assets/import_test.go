package assets_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type imported struct {
	Summary struct{ Create, Update, Skip, Error int }
	Rows    []struct {
		Row    int
		Action string
		ID     *string
		Errors map[string]string
	}
	Plan   string
	Reason string
	Status int
}

// send imports a table and wants a status.
func send(t *testing.T, who *housetest.Caller, query, table string, want int) imported {
	t.Helper()
	status, header, body := who.REST("POST", path+"/import?"+query, table, "Content-Type", "text/csv")
	var out imported
	if err := json.Unmarshal(body, &out); err != nil || status != want {
		t.Fatalf("%s: %d, want %d: %.2000s (%v)", query, status, want, body, err)
	}
	if problem := strings.HasPrefix(header.Get("Content-Type"), "application/problem+json"); problem != (want >= 400) {
		t.Errorf("%s: %d as %s", query, status, header.Get("Content-Type"))
	}
	return out
}

func (i imported) counts() string {
	return fmt.Sprint(i.Summary.Create, i.Summary.Update, i.Summary.Skip, i.Summary.Error)
}

func exported(t *testing.T, who *housetest.Caller, query string) string {
	t.Helper()
	status, header, body := who.REST("GET", path+"/export?"+query, nil)
	if status != http.StatusOK || !strings.HasPrefix(header.Get("Content-Type"), "text/csv") {
		t.Fatalf("%d %s %s", status, header.Get("Content-Type"), body)
	}
	return string(body)
}

func total(t *testing.T, who *housetest.Caller) int {
	t.Helper()
	var list struct{ Total int }
	who.JSON("GET", path, nil, http.StatusOK, &list)
	return list.Total
}

// TestImport: a dry run stores nothing, applying does what the plan said, and what is exported reads back as no change.
func TestImport(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		site(t, h.Admin, "Plant North")
		table := "name,asset_type,site,client,owner,criticality,hostname,ip_address,mac_address,tags,metadata,description\r\n" +
			"Pump,plc,plant north,ACME,Editor@Home.test,critical,plc-1,10.0.0.1,AA-BB-CC-00-11-22,ot; line 1,\"{\"\"rack\"\":4,\"\"a\"\":[1,2]}\",\"two\r\nlines\"\r\n" +
			"'=cmd,server,,,,,srv-1,,,,,'-5 degrees\r\n"
		dry := send(t, h.Editor, "match_on=hostname", table, 200)
		if dry.counts() != "2 0 0 0" || dry.Rows[0].Row != 1 || dry.Rows[0].ID != nil || total(t, h.Admin) != 0 {
			t.Fatalf("the dry run: %+v", dry)
		}
		done := send(t, h.Editor, "match_on=hostname&dry_run=false&plan="+dry.Plan, table, 200)
		if done.counts() != "2 0 0 0" || done.Rows[1].ID == nil || done.Plan != dry.Plan {
			t.Fatalf("applied: %+v", done)
		}
		_, _, body := h.Viewer.REST("GET", path+"/"+*done.Rows[0].ID, nil)
		housetest.Golden(t, "imported", body)
		for _, query := range []string{"match_on=hostname", "match_on=name", ""} {
			if again := send(t, h.Admin, query, exported(t, h.Admin, ""), 200); again.counts() != "0 0 2 0" {
				t.Errorf("the export reads back as %+v", again)
			}
		}
		if again := send(t, h.Editor, "match_on=hostname", table, 200); again.counts() != "0 0 2 0" {
			t.Errorf("the table reads back as %+v", again)
		}
		changed := "hostname,name,tags,site,lifecycle\nPLC-1,Pump 1,,,\nsrv-1,=cmd,,,decommissioned\nnew-1,New,,,\n"
		dry = send(t, h.Editor, "match_on=hostname", changed, 200)
		if dry.counts() != "0 2 0 1" || dry.Rows[2].Errors["asset_type"] == "" {
			t.Fatalf("changes: %+v", dry)
		}
		changed = strings.TrimSuffix(changed, "new-1,New,,,\n")
		dry = send(t, h.Editor, "match_on=hostname", changed, 200)
		send(t, h.Editor, "match_on=hostname&dry_run=false&plan="+dry.Plan, changed, 200)
		var pump asset
		h.Viewer.JSON("GET", path+"/"+*done.Rows[0].ID, nil, 200, &pump)
		if pump.Name != "Pump 1" || len(pump.Tags) != 0 || pump.Site != nil || pump.Lifecycle != "active" || pump.Version != 2 || pump.Client == nil {
			t.Errorf("after the change: %+v", pump)
		}
		if again := send(t, h.Editor, "match_on=hostname&dry_run=false", "hostname,lifecycle\nsrv-1,active\n", 400); again.Rows[0].Errors["reason"] == "" {
			t.Errorf("without a reason: %+v", again)
		}
		send(t, h.Editor, "match_on=hostname&dry_run=false", "hostname,lifecycle,reason\nsrv-1,active,needed after all\n", 200)
	})
}

// TestImportErrors: each wrong row is an error with its columns, and nothing of the table is stored.
func TestImportErrors(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for range 2 {
			made(t, h.Admin, `{"name": "twin", "asset_type": "server", "hostname": "twin"}`)
		}
		one := made(t, h.Admin, `{"name": "one", "asset_type": "server", "hostname": "one"}`)
		table := "id,hostname,name,asset_type,site,client,owner,criticality,ip_address,mac_address,lifecycle,tags,metadata\n"
		rows := []struct{ cells, column string }{
			{",ok-1,fine,server,,,,,,,,,", ""},
			{",twin,x,server,,,,,,,,,", "hostname"},
			{",,x,server,,,,,,,,,", "hostname"},
			{",same,x,server,,,,,,,,,", "hostname"},
			{",Same,x,server,,,,,,,,,", "hostname"},
			{one.ID + ",one,one,server,,,,,,,,,", "id"},
			{",ONE,one,server,,,,,,,,,", "hostname"},
			{",a1,,server,,,,,,,,,", "name"},
			{",a2,x,,,,,,,,,,", "asset_type"},
			{",a3,x,toaster,,,,,,,,,", "asset_type"},
			{",a4,x,server,Nowhere,,,,,,,,", "site"},
			{",a5,x,server,,Nobody,,,,,,,", "client"},
			{",a6,x,server,,,stranger@other.test,,,,,,", "owner"},
			{",a7,x,server,,,,huge,,,,,", "criticality"},
			{",a8,x,server,,,,,10.0.0.300,,,,", "ip_address"},
			{",a9,x,server,,,,,,zz,,,", "mac_address"},
			{",b1,x,server,,,,,,,dead,,", "lifecycle"},
			{",b2,x,server,,,,,,,,a;a,", "tags"},
			{",b3,x,server,,,,,,,,,[1]", "metadata"},
			{`,b4,x,server,,,,,,,,,"{""a"":{""b"":{""c"":{""d"":{}}}}}"`, "metadata"},
			{",b5,x", "row"},
			{"AST-1,b6,x,server,,,,,,,,,", "id"},
			{",not a host,x,server,,,,,,,,,", "hostname"},
		}
		for _, r := range rows {
			table += r.cells + "\n"
		}
		before := total(t, h.Admin)
		for _, query := range []string{"match_on=hostname", "match_on=hostname&dry_run=false"} {
			want := 200
			if strings.Contains(query, "false") {
				want = 400
			}
			out := send(t, h.Admin, query, table, want)
			if len(out.Rows) != len(rows) || out.Summary.Error != len(rows)-1 || out.Summary.Create != 1 || want == 400 && (out.Reason != "rows" || out.Status != 400) {
				t.Fatalf("%s: %+v", query, out.Summary)
			}
			for i, r := range rows {
				if r.column == "" {
					continue
				}
				if got := out.Rows[i]; got.Action != "error" || got.Errors[r.column] == "" {
					t.Errorf("row %d (%s): want an error in %s, got %+v", i+1, r.cells, r.column, got)
				}
			}
		}
		if n := total(t, h.Admin); n != before {
			t.Errorf("%d assets, want %d", n, before)
		}
	})
}

// TestImportRefusals: what is no table, or no import, is refused as a whole.
func TestImportRefusals(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for name, c := range map[string]struct {
			query, table, kind string
			status             int
		}{
			"empty":              {"", "", "text/csv", 400},
			"unknown column":     {"", "name,colour\nx,red\n", "text/csv", 400},
			"column twice":       {"", "name,name\nx,y\n", "text/csv", 400},
			"open quote":         {"", "name\n\"x\n", "text/csv", 400},
			"not utf-8":          {"", "name\n\xff\n", "text/csv", 400},
			"odd key":            {"match_on=os", "name\nx\n", "text/csv", 400},
			"key has no column":  {"match_on=serial", "name\nx\n", "text/csv", 400},
			"odd dry_run":        {"dry_run=perhaps", "name\nx\n", "text/csv", 400},
			"unknown parameter":  {"dryrun=false", "name\nx\n", "text/csv", 400},
			"json":               {"", "{}", "application/json", 415},
			"another plan":       {"dry_run=false&plan=abc", "name,asset_type\nx,server\n", "text/csv", 409},
			"form without file":  {"", "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b", 400},
			"form that is empty": {"", "--b--\r\n", "multipart/form-data; boundary=b", 400},
		} {
			if status, _, body := h.Admin.REST("POST", path+"/import?"+c.query, c.table, "Content-Type", c.kind); status != c.status {
				t.Errorf("%s: %d, want %d: %s", name, status, c.status, body)
			}
		}
		for who, want := range map[*housetest.Caller]int{h.Nobody: 401, h.Member: 403, h.Viewer: 403, h.Client: 403} {
			status, _, body := who.REST("POST", path+"/import?dry_run=false", "name,asset_type\nx,server\n", "Content-Type", "text/csv")
			if status != want {
				t.Errorf("%s imports: %d, want %d: %s", who.Name, status, want, body)
			}
		}
		if n := total(t, h.Admin); n != 0 {
			t.Errorf("%d assets were stored", n)
		}
		// a plan that was overtaken: somebody else took the host name in between
		table := "hostname,name,asset_type\nh1,x,server\n"
		plan := send(t, h.Admin, "match_on=hostname", table, 200).Plan
		made(t, h.Editor, `{"name": "x", "asset_type": "server", "hostname": "h1"}`)
		if out := send(t, h.Admin, "match_on=hostname&dry_run=false&plan="+plan, table, 409); out.Reason != "plan_changed" {
			t.Errorf("%+v", out)
		}
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, err := w.CreateFormFile("file", "assets.csv")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write([]byte("\ufeffname,asset_type\nFrom a form,server\n"))
		_ = w.Close()
		h.Admin.JSON("POST", path+"/import?dry_run=false", form.Bytes(), 200, nil, "Content-Type", w.FormDataContentType())
		if n := total(t, h.Admin); n != 2 {
			t.Errorf("%d assets, want 2", n)
		}
	})
}

// TestExport: what a caller may not read is neither in the rows nor in the columns.
func TestExport(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		plant := site(t, h.Admin, "Plant")
		made(t, h.Admin, full(h, plant))
		made(t, h.Admin, `{"name": "Ours", "asset_type": "server", "site_id": "`+plant+`"}`)
		for who, want := range map[*housetest.Caller]struct {
			rows    int
			columns string
		}{
			h.Admin:    {2, "id,number,name,asset_type,site,client,owner,"},
			h.Viewer:   {2, "id,number,name,asset_type,site,client,criticality,"},
			h.Client:   {1, "id,number,name,asset_type,client,criticality,"},
			h.Stranger: {0, "id,number,name,asset_type,site,client,owner,"},
		} {
			text := exported(t, who, "")
			if n := strings.Count(text, "\r\n"); n != want.rows+1 || !strings.HasPrefix(text, want.columns) {
				t.Errorf("%s: %d lines: %s", who.Name, n, text)
			}
		}
		// what a caller exports, they read back as no change, also without the columns that they may not see
		if out := send(t, h.Editor, "dry_run=false", exported(t, h.Editor, ""), 200); out.counts() != "0 0 2 0" {
			t.Errorf("%+v", out)
		}
		if text := exported(t, h.Admin, "asset_type=server&tags=nothing"); strings.Count(text, "\n") != 1 {
			t.Errorf("filtered: %s", text)
		}
		if text := exported(t, h.Admin, "q=ours"); strings.Count(text, "\n") != 2 {
			t.Errorf("filtered: %s", text)
		}
		for query, want := range map[string]int{"lifecycle=dead": 400, "colour=red": 400, "site_id=x": 400} {
			h.Admin.JSON("GET", path+"/export?"+query, nil, want, nil)
		}
		h.Nobody.JSON("GET", path+"/export", nil, 401, nil)
		h.Member.JSON("GET", path+"/export", nil, 403, nil)
	})
}

// TestImportRoundTrip: 10,000 assets in, out, and in again as no change, then all of them changed.
func TestImportRoundTrip(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a while")
	}
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		site(t, h.Admin, "Plant")
		var b strings.Builder
		b.WriteString("hostname,name,asset_type,site,owner,ip_address,tags,description\n")
		for i := range 10_000 {
			fmt.Fprintf(&b, "host-%d,Machine %d,server,Plant,editor@home.test,10.0.%d.%d,bulk;n%d,\"Line, with \"\"quotes\"\" %d\"\n", i, i, i/256, i%256, i%7, i)
		}
		took := func(what string, f func()) {
			start := time.Now()
			f()
			t.Logf("%s: %v", what, time.Since(start).Round(time.Millisecond))
		}
		var dry, done imported
		took("dry run", func() { dry = send(t, h.Admin, "match_on=hostname", b.String(), 200) })
		if dry.counts() != "10000 0 0 0" {
			t.Fatalf("the dry run: %s", dry.counts())
		}
		took("create", func() { send(t, h.Admin, "match_on=hostname&dry_run=false&plan="+dry.Plan, b.String(), 200) })
		if n := total(t, h.Admin); n != 10_000 {
			t.Errorf("%d assets", n)
		}
		var out string
		took("export", func() { out = exported(t, h.Admin, "") })
		took("no change", func() { done = send(t, h.Admin, "match_on=hostname&dry_run=false", out, 200) })
		if done.counts() != "0 0 10000 0" {
			t.Errorf("the export reads back as %s", done.counts())
		}
		if out != exported(t, h.Admin, "") {
			t.Error("the second export differs")
		}
		took("update", func() {
			done = send(t, h.Admin, "match_on=hostname&dry_run=false", strings.ReplaceAll(out, "Machine", "Device"), 200)
		})
		if done.counts() != "0 10000 0 0" {
			t.Errorf("changed: %s", done.counts())
		}
	})
}
