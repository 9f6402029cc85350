package rest

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

const (
	typeJSON  = "application/json"
	typePatch = "application/merge-patch+json"
	typeCSV   = "text/csv"
)

// wants tells which of the offered media types the caller likes best; the first offer wins a draw. None is 406.
func wants(header http.Header, offers ...string) (string, error) {
	accept := header["Accept"]
	if len(accept) == 0 || len(accept) == 1 && (accept[0] == "*/*" || accept[0] == offers[0] || accept[0] == "") {
		return offers[0], nil
	}
	best, bestQ := "", 0.0
	for _, offer := range offers {
		if q := quality(accept, offer); q > bestQ {
			best, bestQ = offer, q
		}
	}
	if best == "" {
		return "", fault.NotAcceptable("this path answers %s", strings.Join(offers, " or "))
	}
	return best, nil
}

// quality is the q of the most specific range that an offer falls under, 0 for none.
func quality(accept []string, offer string) float64 {
	q, specific := 0.0, -1
	kind, _, _ := strings.Cut(offer, "/")
	for _, line := range accept {
		for part := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(part, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			level := -1
			switch name {
			case offer:
				level = 2
			case kind + "/*":
				level = 1
			case "*/*":
				level = 0
			}
			if level <= specific {
				continue
			}
			specific, q = level, weight(params)
		}
	}
	return q
}

func weight(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		k, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(k, "q") {
			if q, err := strconv.ParseFloat(v, 64); err == nil {
				return q
			}
			return 0
		}
	}
	return 1
}

// checkType refuses a body whose declared type is none of the allowed ones. A body without a type is taken for the
// first.
func checkType(header http.Header, allowed ...string) error {
	given := header["Content-Type"]
	if len(given) == 0 {
		return nil
	}
	if len(given) == 1 && given[0] == allowed[0] {
		return nil
	}
	name, params, err := mime.ParseMediaType(given[0])
	if err == nil && len(given) == 1 {
		for _, a := range allowed {
			if name != a {
				continue
			}
			if c := params["charset"]; c != "" && !strings.EqualFold(c, "utf-8") && !strings.EqualFold(c, "us-ascii") {
				return fault.Unsupported("the body must be UTF-8 text, not %s", c)
			}
			return nil
		}
	}
	return fault.Unsupported("the body must be %s", strings.Join(allowed, " or "))
}

// refuseForms refuses an empty body that is declared to be a form: a page of any other origin can send one without
// being asked, with the cookies of whoever looks at it.
func refuseForms(method string, header http.Header) error {
	given := header["Content-Type"]
	if len(given) == 0 || method == http.MethodGet {
		return nil
	}
	switch name, _, _ := mime.ParseMediaType(given[0]); name {
	case "application/x-www-form-urlencoded", "multipart/form-data", "text/plain":
		return fault.Unsupported("the body must be application/json")
	}
	return nil
}
