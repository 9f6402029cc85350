package holdfast

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
)

// ImportOptions say how a CSV file is taken. Without any, it is tried out only.
type ImportOptions struct {
	// Apply stores the rows; without it nothing is stored, and the answer says what would be.
	Apply bool
	// MatchOn is the column by which a row finds its asset: serial, hostname or name. Empty makes new assets only.
	MatchOn string
	// Plan is what the dry run answered: when the same file would now do something else, nothing is stored (reason
	// "plan_changed").
	Plan string
}

// ImportResult says what became, or would become, of each row.
type ImportResult struct {
	// Summary counts the rows by what became of them.
	Summary ImportSummary `json:"summary"`
	// Rows are in the order of the file.
	Rows []ImportRow `json:"rows"`
	// Plan stands for exactly this outcome; hand it on with ImportOptions.
	Plan string `json:"plan"`
}

// ImportSummary counts rows.
type ImportSummary struct {
	// Create, Update and Skip (nothing to change) went well.
	Create int `json:"create"`
	Update int `json:"update"`
	Skip   int `json:"skip"`
	// Error rows keep the whole file from being stored.
	Error int `json:"error"`
}

// ImportRow is one row of the file.
type ImportRow struct {
	// Row counts from 1, without the header.
	Row int `json:"row"`
	// Action is create, update, skip or error.
	Action string `json:"action"`
	// ID is the asset's, where there is one.
	ID string `json:"id"`
	// Errors has a message per column.
	Errors map[string]string `json:"errors"`
}

// largestImport is what the server takes by default.
const largestImport = 64 << 20

// ImportAssets takes assets from a CSV file with a header; columns are named after the fields, with site and client by
// name and the owner by e-mail address. First try it out, then apply the plan:
//
//	plan, err := c.ImportAssets(ctx, file, holdfast.ImportOptions{MatchOn: "hostname"})
//	done, err := c.ImportAssets(ctx, again, holdfast.ImportOptions{MatchOn: "hostname", Apply: true, Plan: plan.Plan})
//
// All rows are stored or none. When rows are wrong, both the result, with their messages, and the error are given.
func (c *Client) ImportAssets(ctx context.Context, file io.Reader, opts ImportOptions) (*ImportResult, error) {
	body, err := io.ReadAll(io.LimitReader(file, largestImport+1))
	if err != nil {
		return nil, fmt.Errorf("holdfast: reading the file: %w", err)
	}
	if len(body) > largestImport {
		return nil, fmt.Errorf("holdfast: the file is larger than %d MiB", largestImport>>20)
	}
	query := url.Values{"dry_run": {strconv.FormatBool(!opts.Apply)}}
	if opts.MatchOn != "" {
		query.Set("match_on", opts.MatchOn)
	}
	if opts.Plan != "" {
		query.Set("plan", opts.Plan)
	}
	var out ImportResult
	err = c.rest(ctx, http.MethodPost, "/api/v1/assets/import", query, "text/csv", body, func(res *http.Response) error {
		return json.NewDecoder(res.Body).Decode(&out)
	})
	var p *Problem
	if errors.As(err, &p) && json.Unmarshal(p.body, &out) == nil && len(out.Rows) > 0 {
		return &out, err
	}
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// ExportAssets writes the assets as CSV, with the columns that ImportAssets reads. The filter holds query parameters of
// the list of assets, such as {"site_id": {"…"}}; nil takes them all. When it fails, part of the file may have been
// written.
func (c *Client) ExportAssets(ctx context.Context, to io.Writer, filter url.Values) error {
	return c.rest(ctx, http.MethodGet, "/api/v1/assets/export", filter, "", nil, func(res *http.Response) error {
		if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind != "text/csv" {
			return fmt.Errorf("holdfast: the answer is no CSV but %q", kind)
		}
		_, err := io.Copy(to, res.Body)
		return err
	})
}

// rest makes a call on the REST side, signed and repeated like those of the typed clients. Only a good answer is taken.
func (c *Client) rest(ctx context.Context, method, path string, query url.Values, kind string, body []byte, take func(*http.Response) error) error {
	key := keyOf(ctx)
	var res *http.Response
	err := attempt(ctx, c.carry.retries, c.carry.tokens, func(bearer string) error {
		req, err := http.NewRequestWithContext(ctx, method, c.url+path+"?"+query.Encode(), bytes.NewReader(body))
		if err != nil {
			return err
		}
		if method != http.MethodGet {
			req.Header.Set(keyHeader, key)
			req.Header.Set("Content-Type", kind)
		}
		res, err = c.do(req, bearer)
		return err
	})
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	return take(res)
}

// largestProblem is as much of an error answer as is read: an import's has a line per row.
const largestProblem = 64 << 20

func problem(res *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(res.Body, largestProblem))
	if err != nil {
		return err
	}
	p := &Problem{}
	if json.Unmarshal(body, p) != nil {
		p = &Problem{Detail: http.StatusText(res.StatusCode)}
	}
	p.Status, p.body, p.retryAfter = res.StatusCode, body, res.Header.Get("Retry-After")
	if p.RequestID == "" {
		p.RequestID = res.Header.Get("X-Request-Id")
	}
	return p
}
