package rest

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"

	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// problem is an error's body, RFC 9457 with the members that clients of this API know.
type problem struct {
	status       int
	code, reason string
	detail       string
	fields       map[string]string
	rules        map[string]fault.Rule // by field, for programs
	meta         map[string]string
	retryAfter   time.Duration
	broken       []string // the fields of the violations, in their order, which is that of the breaches
}

// domain is the ErrorInfo domain of our own reasons.
const domain = "holdfast"

// usual is the HTTP status of a code where the error names none.
func usual(code connect.Code) int {
	switch code {
	case connect.CodeInvalidArgument, connect.CodeOutOfRange:
		return http.StatusBadRequest
	case connect.CodeUnauthenticated:
		return http.StatusUnauthorized
	case connect.CodePermissionDenied:
		return http.StatusForbidden
	case connect.CodeNotFound:
		return http.StatusNotFound
	case connect.CodeAlreadyExists, connect.CodeAborted, connect.CodeFailedPrecondition:
		return http.StatusConflict
	case connect.CodeResourceExhausted:
		return http.StatusTooManyRequests
	case connect.CodeUnimplemented:
		return http.StatusNotImplemented
	case connect.CodeUnavailable:
		return http.StatusServiceUnavailable
	case connect.CodeDeadlineExceeded:
		return http.StatusGatewayTimeout
	case connect.CodeCanceled:
		return 499
	}
	return http.StatusInternalServerError
}

// problemOfFault is the problem of an error that arose on this side of the call.
func problemOfFault(e *fault.Error) *problem {
	p := &problem{
		status: e.Status(), code: connect.Code(e.Code()).String(), reason: e.Reason, detail: e.Message,
		fields: e.Fields, meta: e.Meta, retryAfter: e.RetryAfter,
	}
	if len(e.Fields) > 0 {
		p.rules = make(map[string]fault.Rule, len(e.Fields))
		for field := range e.Fields {
			p.rules[field] = e.Rule(field)
		}
	}
	return p
}

// problemOfError is the problem of what a plain route's chain returned. Unknown errors show nothing of themselves.
func problemOfError(err error, r *route) (*problem, http.Header) {
	if e := fault.Of(err); e != nil {
		return problemOfFault(e), nil
	}
	var ce *connect.Error
	if !errors.As(err, &ce) {
		return problemOfFault(fault.Broken()), nil
	}
	p := &problem{status: usual(ce.Code()), code: ce.Code().String(), detail: ce.Message()}
	for _, d := range ce.Details() {
		if m, err := d.Value(); err == nil {
			p.add(m, r)
		}
	}
	p.finish()
	return p, ce.Meta()
}

// problemOfStatus is the problem of an error that came back from a route's call.
func problemOfStatus(s *status.Status, r *route, header http.Header) *problem {
	code := connect.Code(s.GetCode())
	p := &problem{status: usual(code), code: code.String(), detail: s.GetMessage()}
	for _, d := range s.GetDetails() {
		if m, err := d.UnmarshalNew(); err == nil {
			p.add(m, r)
		}
	}
	if n, err := strconv.Atoi(header.Get("Retry-After")); err == nil {
		p.retryAfter = time.Duration(n) * time.Second
	}
	p.finish()
	return p
}

// add takes what a detail says.
func (p *problem) add(detail proto.Message, r *route) {
	switch d := detail.(type) {
	case *errdetails.ErrorInfo:
		if d.GetDomain() != domain {
			return
		}
		p.reason = d.GetReason()
		p.meta = maps.Clone(d.GetMetadata())
		if n, err := strconv.Atoi(p.meta["status"]); err == nil && n >= 400 && n <= 599 {
			p.status = n
		}
		delete(p.meta, "status")
	case *errdetails.RetryInfo:
		p.retryAfter = d.GetRetryDelay().AsDuration()
	case *validate.Violations:
		p.fields = make(map[string]string, len(d.GetViolations()))
		for _, v := range d.GetViolations() {
			name := fieldName(v.GetField(), r)
			if _, ok := p.fields[name]; !ok {
				p.fields[name] = v.GetMessage()
			}
			p.broken = append(p.broken, name)
		}
	case *typev1.Breaches:
		p.rules = make(map[string]fault.Rule, len(p.fields))
		for i, b := range d.GetItems() {
			if _, ok := p.rules[p.broken[i]]; !ok {
				p.rules[p.broken[i]] = fault.Rule{ID: b.GetRule(), Values: b.GetValues()}
			}
		}
	}
}

// fieldName is a violation's path as the caller wrote it: "name", not "site.name", where the body fills the field site;
// "status", not "status[0]", of a query parameter.
func fieldName(path *validate.FieldPath, r *route) string {
	body := ""
	if r != nil && r.body != nil {
		body = string(r.body.Name())
	}
	if elements := path.GetElements(); len(elements) == 1 && r != nil && r.params[elements[0].GetFieldName()] != nil {
		return elements[0].GetFieldName()
	}
	var b strings.Builder
	for i, e := range path.GetElements() {
		if i == 0 && e.GetFieldName() == body && len(path.GetElements()) > 1 && e.GetSubscript() == nil {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(e.GetFieldName())
		switch s := e.GetSubscript().(type) {
		case *validate.FieldPathElement_Index:
			b.WriteString("[" + strconv.FormatUint(s.Index, 10) + "]")
		case *validate.FieldPathElement_StringKey:
			b.WriteString("." + s.StringKey)
		}
	}
	if b.Len() == 0 {
		return "body"
	}
	return b.String()
}

// finish fills what the details left open, and keeps a server's own words out of the answer.
func (p *problem) finish() {
	if len(p.fields) > 0 {
		parts := make([]string, 0, len(p.fields))
		for _, name := range slices.Sorted(maps.Keys(p.fields)) {
			parts = append(parts, name+": "+p.fields[name])
		}
		p.detail = strings.Join(parts, "; ")
		if p.reason == "" {
			p.reason = "validation"
		}
	}
	if p.reason == "" {
		p.reason = p.code
		if p.status >= 500 {
			p.detail = http.StatusText(p.status)
		}
	}
	if p.detail == "" {
		p.detail = strings.ReplaceAll(p.code, "_", " ")
	}
}

// problemOfCode is the problem of a bare HTTP status, such as those of Vanguard's own refusals.
func problemOfCode(code int) *problem {
	switch code {
	case http.StatusNotFound:
		return problemOfFault(noSuchPath())
	case http.StatusRequestEntityTooLarge, http.StatusTooManyRequests:
		return problemOfFault(fault.TooLarge("the body is too large"))
	case http.StatusUnsupportedMediaType:
		return problemOfFault(fault.Unsupported("the body must be application/json"))
	case http.StatusBadRequest:
		return problemOfFault(fault.Malformed("the request could not be understood"))
	}
	return problemOfFault(fault.Broken())
}

func noSuchPath() *fault.Error {
	e := fault.NotFound("path")
	e.Reason = "no_such_path"
	return e
}

// title is the status in words.
func title(code int) string {
	if t := http.StatusText(code); t != "" {
		return t
	}
	return "Client Closed Request"
}

// append writes the problem's JSON.
func (p *problem) append(b []byte, requestID string) []byte {
	b = append(b, `{"type":"about:blank","title":`...)
	b = appendString(b, title(p.status))
	b = append(b, `,"status":`...)
	b = strconv.AppendInt(b, int64(p.status), 10)
	for _, m := range [...]struct{ key, value string }{
		{`,"code":`, p.code}, {`,"reason":`, p.reason}, {`,"error":`, p.detail}, {`,"detail":`, p.detail},
	} {
		b = appendString(append(b, m.key...), m.value)
	}
	b = appendTexts(append(b, `,"fields":`...), p.fields)
	if len(p.rules) > 0 {
		b = appendRules(append(b, `,"rules":`...), p.rules)
	}
	if len(p.meta) > 0 {
		b = appendTexts(append(b, `,"meta":`...), p.meta)
	}
	b = append(b, `,"request_id":`...)
	b = appendString(b, requestID)
	return append(b, '}', '\n')
}

// appendRules writes of each field its rule and then what the rule asks for: {"name":["string.max_len","255"]}.
func appendRules(b []byte, m map[string]fault.Rule) []byte {
	b = append(b, '{')
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(appendString(b, k), ':', '['), m[k].ID)
		for _, v := range m[k].Values {
			b = appendString(append(b, ','), v)
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

func appendTexts(b []byte, m map[string]string) []byte {
	b = append(b, '{')
	for i, k := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, k), ':')
		b = appendString(b, m[k])
	}
	return append(b, '}')
}

// write answers with the problem. What the header said about another body is taken back.
func (p *problem) write(w http.ResponseWriter, requestID string) {
	h := w.Header()
	for _, k := range [...]string{"Content-Encoding", "Content-Disposition", "Etag", "Location", "Last-Modified", "Trailer", "Accept-Encoding"} {
		delete(h, k)
	}
	p.first(w, requestID)
}

// counted is the size of a body whose length net/http tells by itself, as it is written at once. An entry less in the
// header spares its map from growing, which a refusal should not pay for.
const counted = 1 << 10

// first answers with the problem where nothing has been said yet.
func (p *problem) first(w http.ResponseWriter, requestID string) {
	h := w.Header()
	body := p.append(make([]byte, 0, 512), requestID)
	h["Content-Type"] = problemType
	if len(body) > counted {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	if p.retryAfter > 0 {
		h["Retry-After"] = []string{strconv.FormatInt(int64((p.retryAfter+time.Second-1)/time.Second), 10)}
	}
	if p.status == http.StatusUnauthorized {
		h["Www-Authenticate"] = challenge
	}
	w.WriteHeader(p.status)
	_, _ = w.Write(body) //nolint:gosec // JSON, said to be so, and never sniffed; the caller may be gone
}

var (
	problemType = []string{"application/problem+json"}
	challenge   = []string{`Bearer realm="holdfast"`}
)
