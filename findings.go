package holdfast

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// The formats of files that ImportFindings takes.
const (
	SARIF  = "sarif"  // SARIF 2.1.0
	ZAP    = "zap"    // a traditional report of ZAP, XML or JSON
	Nessus = "nessus" // Nessus version 2
	Nuclei = "nuclei" // Nuclei's JSON lines
	CSV    = "csv"    // columns named after the fields of a finding
)

// FindingsImport says what became, or would become, of each entry of a scanner's file.
type FindingsImport struct {
	// Summary counts the entries by what became of them.
	Summary FindingsSummary `json:"summary"`
	// Rows are in the order of the file.
	Rows []FindingsRow `json:"rows"`
}

// FindingsSummary counts entries.
type FindingsSummary struct {
	Create     int `json:"create"`
	Update     int `json:"update"`
	Reopen     int `json:"reopen"`
	Duplicate  int `json:"duplicate"`
	Suppressed int `json:"suppressed"`
	Error      int `json:"error"`
}

// FindingsRow is one entry of the file.
type FindingsRow struct {
	// Row counts the file's entries from 1.
	Row int `json:"row"`
	// Action is create, update, reopen, duplicate, suppressed or error.
	Action string `json:"action"`
	// ID is the finding's that was made of it, or that is seen again; empty where there is none yet.
	ID string `json:"id"`
	// Title is what was found, in a line.
	Title string `json:"title"`
	// DuplicateOf is the id of the finding of an entry of the same file that says the same, or "row 3" where it is not
	// stored yet.
	DuplicateOf string `json:"duplicate_of"`
	// Error says why it was not taken.
	Error string `json:"error"`
}

// largestScan is what the server takes by default.
const largestScan = 100 << 20

// ImportFindings takes the findings of a scanner's file into a session. Without apply it is only tried out: nothing is
// stored, and the result says what would be. The same file twice adds nothing, so that a call that failed on the way
// may be made again.
func (c *Client) ImportFindings(ctx context.Context, sessionID, format string, file io.Reader, apply bool) (*FindingsImport, error) {
	body, err := io.ReadAll(io.LimitReader(file, largestScan+1))
	if err != nil {
		return nil, fmt.Errorf("holdfast: reading the file: %w", err)
	}
	if len(body) > largestScan {
		return nil, fmt.Errorf("holdfast: the file is larger than %d MiB", largestScan>>20)
	}
	query := url.Values{"format": {format}, "dry_run": {strconv.FormatBool(!apply)}}
	var out FindingsImport
	err = c.rest(ctx, http.MethodPost, "/api/v1/sessions/"+url.PathEscape(sessionID)+"/import", query, "application/octet-stream", body, func(res *http.Response) error {
		return json.NewDecoder(res.Body).Decode(&out)
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}
