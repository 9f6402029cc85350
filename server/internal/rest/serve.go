package rest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/etag"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/inprocess"
)

// rest answers everything that has a route: it finds the route and calls the RPC or the plain handler.
func (s *Server) rest(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if len(path) > 1 && path[len(path)-1] == '/' {
		path = strings.TrimRight(path, "/")
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	var m match
	if path == "" || !utf8.ValidString(path) || strings.ContainsRune(path, 0) {
		s.refuse(w, r, noSuchPath(), nil)
		return
	}
	if !s.tree.find(path, method, &m, 0) {
		s.noRoute(w, r, &m)
		return
	}
	if m.route.plain != nil {
		s.servePlain(w, r, path, &m)
		return
	}
	ctx := r.Context()
	if s.authorizer != nil {
		var err error
		if ctx, err = s.authorizer.Authorize(ctx, m.route.procedure, r.Header); err != nil {
			s.refuse(w, r, err, m.route)
			return
		}
	}
	ctx, answer := inprocess.Open(ctx)
	defer answer.Close()
	r = r.WithContext(ctx)
	x := &exchange{ResponseWriter: w, request: r, route: m.route}
	call, done, err := x.prepare(w, r, path, method, s.maxBody)
	if done != nil {
		defer putBody(done)
	}
	if err != nil {
		s.fail(w, r, err, m.route)
		return
	}
	s.transcoder.ServeHTTP(x, call)
	x.finish()
}

// noRoute answers 405 where another method would do, else 404.
func (s *Server) noRoute(w http.ResponseWriter, r *http.Request, m *match) {
	if m.allow == nil {
		s.refuse(w, r, noSuchPath(), nil)
		return
	}
	allow := m.allowed()
	w.Header().Set("Allow", allow)
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.fail(w, r, fault.NotAllowed(allow), nil)
}

// refuse answers an error as a problem before anything else has been said.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error, of *route) {
	if f := fault.Of(err); f != nil {
		problemOfFault(f).first(w, requestIDOf(r))
		return
	}
	s.fail(w, r, err, of)
}

// fail answers an error as a problem.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error, of *route) {
	p, header := problemOfError(err, of)
	for k, v := range header {
		if !strings.HasPrefix(k, "Content-") {
			w.Header()[k] = v
		}
	}
	p.write(w, requestIDOf(r))
}

// Problem answers a fault as a problem. It is for what refuses requests in front of the routes.
func Problem(w http.ResponseWriter, r *http.Request, f *fault.Error) {
	problemOfFault(f).write(w, requestIDOf(r))
}

// hidden are the headers that mean something to the inside, or to Connect, and nothing to REST.
var hidden = []string{
	"Accept", "Accept-Encoding", "Content-Encoding", "Connect-Protocol-Version", "Connect-Timeout-Ms", "Connect-Accept-Encoding",
	"Connect-Content-Encoding", "X-Server-Timeout", "Content-Type", "Te", "Trailer",
}

var jsonType = []string{typeJSON}

// prepare checks a request in all that the contract says about its form, and makes the request that Vanguard
// understands. The buffer holds the body until the call is over.
func (x *exchange) prepare(w http.ResponseWriter, r *http.Request, path, method string, limit int64) (*http.Request, *bytes.Buffer, error) {
	rt := x.route
	offers := []string{typeJSON}
	if rt.list != nil {
		offers = append(offers, typeCSV)
	}
	kind, err := wants(r.Header, offers...)
	if err != nil {
		return nil, nil, err
	}
	x.csv = kind == typeCSV
	values, err := rt.checkParams(r.URL.RawQuery)
	if err != nil {
		return nil, nil, err
	}
	if lines := r.Header["If-Match"]; len(lines) > 0 {
		if _, ok := etag.Read(lines); !ok {
			return nil, nil, fault.Malformed("%s must be * or entity tags such as \"3\"", "If-Match")
		}
	}
	body, err := x.takeBody(w, r, limit)
	if err != nil {
		return nil, body, err
	}
	call := *r
	u := *r.URL
	call.URL, call.Method = &u, method
	u.Path = path
	if rt.patch && (values["update_mask"] != nil || values["updateMask"] != nil) {
		delete(values, "update_mask")
		delete(values, "updateMask")
		u.RawQuery = values.Encode()
	}
	for _, k := range hidden {
		delete(call.Header, k)
	}
	call.Body, call.ContentLength, call.TransferEncoding = http.NoBody, 0, nil
	if rt.hasBody {
		call.Header["Content-Type"] = jsonType
		again := &replay{}
		again.Reset(body.Bytes())
		call.Body, call.ContentLength = again, int64(body.Len())
	}
	return &call, body, nil
}

// takeBody reads the body whole, if there is one, and checks it against the contract.
func (x *exchange) takeBody(w http.ResponseWriter, r *http.Request, limit int64) (*bytes.Buffer, error) {
	rt := x.route
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 && len(r.TransferEncoding) == 0 {
		if err := refuseForms(rt.method, r.Header); err != nil {
			return nil, err
		}
		// Public methods go by cookies, and an empty form is what a page of another site can send.
		if contract.Access(rt.rpc).GetPublic() {
			if err := checkType(r.Header, typeJSON); err != nil {
				return nil, err
			}
		}
		if rt.hasBody {
			return bodies.Get().(*bytes.Buffer), nil //nolint:forcetypeassert // the pool holds nothing else
		}
		return nil, nil
	}
	body := bodies.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
	if err := readBody(body, w, r, limit); err != nil {
		return body, err
	}
	if body.Len() == 0 {
		if err := refuseForms(rt.method, r.Header); err != nil {
			return body, err
		}
		if contract.Access(rt.rpc).GetPublic() {
			return body, checkType(r.Header, typeJSON)
		}
		return body, nil
	}
	if rt.method == http.MethodGet {
		return body, fault.Malformed("GET takes no body here: use query parameters")
	}
	allowed := []string{typeJSON}
	if rt.method == http.MethodPatch {
		allowed = append(allowed, typePatch)
	}
	if err := checkType(r.Header, allowed...); err != nil {
		return body, err
	}
	return body, x.checkBody(body.Bytes())
}

func (x *exchange) checkBody(body []byte) (err error) {
	rt := x.route
	switch {
	case rt.patch:
		x.mask, err = maskOf(body, rt.body.Message())
	case rt.body != nil && (rt.body.IsList() || rt.body.IsMap() || rt.body.Message() == nil):
		err = walkField(body, rt.body)
	case rt.body != nil:
		err = walkBody(body, rt.body.Message())
	case rt.hasBody:
		err = walkBody(body, rt.rpc.Input())
	default:
		err = x.mergeBody(body)
	}
	return err
}

// mergeBody takes the fields of a request from a body where the contract puts them into the query, as on a DELETE. Both
// may be used; the path and the query win.
func (x *exchange) mergeBody(body []byte) error {
	if err := walkBody(body, x.route.rpc.Input()); err != nil {
		return err
	}
	in := x.route.input.New().Interface()
	if err := protojson.Unmarshal(body, in); err != nil {
		return fault.Malformed("%s", errMalformed.Error())
	}
	b, err := proto.Marshal(in)
	x.before = b
	return err
}

// sendWhole is how long a caller may take to send a JSON body: one who drips it would hold a place that others wait
// for.
const sendWhole = 30 * time.Second

// readBody reads at most limit bytes, also of what a compressed body unfolds to.
func readBody(to *bytes.Buffer, w http.ResponseWriter, r *http.Request, limit int64) error {
	tooLarge := fault.TooLarge("the body is larger than %s", fault.Size(limit))
	if r.ContentLength > limit {
		return tooLarge
	}
	var from io.Reader = r.Body
	switch encoding := r.Header.Get("Content-Encoding"); strings.ToLower(encoding) {
	case "", "identity":
	case "gzip":
		z, err := gzip.NewReader(io.LimitReader(from, limit+1))
		if err != nil {
			return fault.Malformed("the body is not gzip, as its Content-Encoding says")
		}
		defer func() { _ = z.Close() }() // nothing is held but memory
		from = z
	default:
		return fault.Unsupported("the Content-Encoding %q is not known here: use gzip or none", encoding)
	}
	control := http.NewResponseController(w)
	if control.SetReadDeadline(clock.System.Now().Add(sendWhole)) == nil {
		defer func() { _ = control.SetReadDeadline(time.Time{}) }() // it worked a moment ago
	}
	if r.ContentLength > 0 {
		to.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	n, err := to.ReadFrom(io.LimitReader(from, limit+1))
	var large *http.MaxBytesError
	switch {
	case n > limit, errors.As(err, &large):
		return tooLarge
	case err != nil:
		return fault.Malformed("the body could not be read to its end")
	}
	return nil
}

// servePlain calls a plain route's handler.
func (s *Server) servePlain(w http.ResponseWriter, r *http.Request, path string, m *match) {
	p := m.route.plain
	if err := p.check(w, r); err != nil {
		s.fail(w, r, err, nil)
		return
	}
	if path != r.URL.Path {
		u := *r.URL
		u.Path = path
		r.URL = &u
	}
	for i, name := range m.route.variables {
		r.SetPathValue(name, m.values[i])
	}
	// serveREST has put the compressor in between, which takes this header away
	if p.carries && len(r.Header["Accept-Encoding"]) > 0 {
		w.Header()[gzhttp.HeaderNoCompression] = []string{"1"}
	}
	t := &tracker{ResponseWriter: w}
	err := m.route.serve(t, r)
	switch {
	case err == nil:
	case t.started:
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	default:
		s.fail(w, r, err, nil)
	}
}

// check does for a plain route what prepare does for an RPC.
func (p *Route) check(w http.ResponseWriter, r *http.Request) error {
	if r.Method == http.MethodHead && p.noHead {
		w.Header().Set("Allow", p.Method)
		return fault.NotAllowed(p.Method)
	}
	if len(p.accepts) > 0 {
		if _, err := wants(r.Header, p.accepts...); err != nil {
			return err
		}
	}
	if err := p.checkPlainParams(r.URL.RawQuery); err != nil {
		return err
	}
	if e := r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return fault.Unsupported("the Content-Encoding %q is not taken here", e)
	}
	limit := p.limit
	if limit == 0 {
		limit = defaultBody
	}
	if r.ContentLength > limit {
		return fault.TooLarge("the body is larger than %s", fault.Size(limit))
	}
	if r.ContentLength != 0 && len(p.Doc.Takes) > 0 && !slices.Contains(p.Doc.Takes, "*/*") {
		if err := checkType(r.Header, p.Doc.Takes...); err != nil {
			return err
		}
	}
	r.Body = &limited{ReadCloser: r.Body, left: limit, limit: limit}
	return nil
}

// limited is a body that ends in a fault when it is too large.
type limited struct {
	io.ReadCloser
	left, limit int64
}

// Read reads on, up to one byte over the limit.
func (l *limited) Read(b []byte) (int, error) {
	if l.left < 0 {
		return 0, fault.TooLarge("the body is larger than %s", fault.Size(l.limit))
	}
	if int64(len(b)) > l.left+1 {
		b = b[:l.left+1]
	}
	n, err := l.ReadCloser.Read(b)
	if l.left -= int64(n); l.left < 0 {
		return n, fault.TooLarge("the body is larger than %s", fault.Size(l.limit))
	}
	return n, err
}

// tracker knows whether an answer has begun.
type tracker struct {
	http.ResponseWriter
	started bool
}

// WriteHeader begins the answer.
func (t *tracker) WriteHeader(code int) {
	t.started = t.started || code >= 200 || code == http.StatusSwitchingProtocols
	t.ResponseWriter.WriteHeader(code)
}

// Write begins the answer.
func (t *tracker) Write(b []byte) (int, error) {
	t.started = true
	return t.ResponseWriter.Write(b)
}

// Unwrap is there for http.ResponseController.
func (t *tracker) Unwrap() http.ResponseWriter { return t.ResponseWriter }
