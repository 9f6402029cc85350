package rest

import (
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/etag"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/inprocess"
)

// exchange is one REST request on its way through Vanguard, and the writer of its answer: it turns the plain success
// into the right one, and keeps an error back until it can be said as a problem.
type exchange struct {
	http.ResponseWriter
	request *http.Request
	route   *route
	// mask are the paths that a PATCH changes, before is what a body on a DELETE says; both are added to the call in
	// binary form.
	mask   []string
	before []byte
	csv    bool

	status  int
	failure []byte
	// quiet swallows what follows: the answer has no body, or has been given.
	quiet bool
}

// WriteHeader notes the status, and passes a success on.
func (x *exchange) WriteHeader(code int) {
	if x.status != 0 {
		return
	}
	x.status = code
	if code >= http.StatusBadRequest {
		return
	}
	h := x.Header()
	delete(h, "Accept-Encoding")
	if code == http.StatusOK && x.unmatched(h) {
		x.quiet = true
		delete(h, "Content-Length")
		problemOfFault(fault.StaleMatch()).write(x.ResponseWriter, requestIDOf(x.request))
		return
	}
	if dry := x.validates(); code == http.StatusOK && (!dry || x.route.success != http.StatusCreated) {
		code = x.route.success
	}
	switch {
	case code == http.StatusNoContent, code == http.StatusAccepted && x.route.output.Descriptor().FullName() == "google.protobuf.Empty":
		delete(h, "Content-Type")
		delete(h, "Content-Length")
		x.quiet = true
	case code == http.StatusOK && x.unchanged(h):
		delete(h, "Content-Type")
		delete(h, "Content-Length")
		code, x.quiet = http.StatusNotModified, true
	}
	x.ResponseWriter.WriteHeader(code)
}

// validates tells whether the call only tried whether it could be made: then nothing was created, and nothing is
// anywhere.
func (x *exchange) validates() bool {
	_, dry := x.Header()[inprocess.ValidatedHeader]
	delete(x.Header(), inprocess.ValidatedHeader)
	return dry
}

// unchanged tells whether the caller has this version already.
func (x *exchange) unchanged(h http.Header) bool {
	known := x.request.Header["If-None-Match"]
	if len(known) == 0 || x.route.method != http.MethodGet {
		return false
	}
	tag := h["Etag"]
	return len(tag) == 1 && sameTag(known, tag[0])
}

// unmatched tells whether the caller wants another version only. Nothing is changed here, so that a weak tag of this
// version is good.
func (x *exchange) unmatched(h http.Header) bool {
	wanted := x.request.Header["If-Match"]
	if len(wanted) == 0 || x.route.method != http.MethodGet {
		return false
	}
	l, ok := etag.Read(wanted)
	return ok && !l.Any && (len(h["Etag"]) != 1 || !l.Has(h["Etag"][0], true))
}

// sameTag compares weakly, as If-None-Match demands.
func sameTag(known []string, tag string) bool {
	l, ok := etag.Read(known)
	return ok && l.Has(tag, true)
}

// Write passes a success's body on and keeps an error's.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.WriteHeader(http.StatusOK)
	}
	switch {
	case x.quiet:
		return len(b), nil
	case x.status >= http.StatusBadRequest:
		x.failure = append(x.failure, b...)
		return len(b), nil
	}
	return x.ResponseWriter.Write(b)
}

// Flush does nothing: a REST answer is one message, and flushing it would cost a packet. Vanguard demands the method.
func (x *exchange) Flush() {}

// Unwrap is there for http.ResponseController.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// finish writes the problem, if there is one.
func (x *exchange) finish() {
	if x.status < http.StatusBadRequest || x.quiet {
		return
	}
	x.quiet = true
	h := x.Header()
	var p *problem
	if ct := h["Content-Type"]; len(ct) == 1 && ct[0] == typeJSON {
		var s status.Status
		if err := proto.Unmarshal(x.failure, &s); err == nil && s.GetCode() != 0 {
			p = problemOfStatus(&s, x.route, h)
		}
	}
	if p == nil {
		p = problemOfCode(x.status)
	}
	p.write(x.ResponseWriter, requestIDOf(x.request))
}

func requestIDOf(r *http.Request) string { return viewer.CallOf(r.Context()).RequestID }
