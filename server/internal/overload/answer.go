package overload

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

const (
	// AnswerAtMost is how much of an answer is held in memory; what is larger takes a transfer place.
	AnswerAtMost = 1 << 20
	// writeIdle ends an answer of which the caller takes nothing, and writeChunk is how much has that time.
	writeIdle  = 10 * time.Second
	writeChunk = 64 << 10
)

// Answer holds what is answered until Send. It must not be used by two goroutines at once.
type Answer struct {
	http.ResponseWriter
	// Overflow is asked once for a place to go on in when the answer grows beyond the bound. Its error ends the answer.
	Overflow func() error
	// Most is the bound, AnswerAtMost by default.
	Most int
	// Paced says that somebody else gives what goes through its deadlines.
	Paced bool
	// Idle ends an answer of which the caller takes nothing for so long; 10 s by default.
	Idle time.Duration

	response *http.ResponseController
	status   int
	fixed    http.Header // the header as it was when the status was given; what is done to it later is not sent
	held     *bytes.Buffer
	through  bool // what is written goes to the caller
	err      error
}

// NewAnswer holds what is written to w.
func NewAnswer(w http.ResponseWriter) *Answer {
	return &Answer{ResponseWriter: w, Most: AnswerAtMost, Idle: writeIdle, response: http.NewResponseController(w)}
}

// WriteHeader notes the status.
func (a *Answer) WriteHeader(status int) {
	switch {
	case status >= 100 && status < 200 && status != http.StatusSwitchingProtocols:
		a.ResponseWriter.WriteHeader(status)
	case a.status == 0:
		a.status = status
		if a.through {
			a.ResponseWriter.WriteHeader(status)
			return
		}
		a.fixed = a.Header().Clone()
	}
}

// Write holds the body, up to the bound.
func (a *Answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.err != nil {
		return 0, a.err
	}
	if a.through {
		return a.write(p)
	}
	if a.held == nil {
		a.held = buffers.Get().(*bytes.Buffer) //nolint:forcetypeassert // the pool holds nothing else
	}
	if a.held.Len()+len(p) <= a.Most {
		return a.held.Write(p)
	}
	if a.Overflow != nil {
		if a.err = a.Overflow(); a.err != nil {
			return 0, a.err
		}
	}
	if a.err = a.begin(); a.err != nil {
		return 0, a.err
	}
	return a.write(p)
}

// Through lets everything that follows go to the caller as it is written, such as the messages of a stream.
func (a *Answer) Through() { a.through = true }

// Begun tells whether the caller has got something already.
func (a *Answer) Begun() bool { return a.through && a.status != 0 }

// Overflowed is the error of a place that was not there: nothing has been sent, and something else can be answered
// after Reset.
func (a *Answer) Overflowed() error {
	if a.through {
		return nil
	}
	return a.err
}

// Status is the answer's so far; 0 is none.
func (a *Answer) Status() int { return a.status }

// Reset forgets what is held, header fields that describe it included.
func (a *Answer) Reset() {
	if a.Begun() {
		return
	}
	a.status, a.err, a.fixed = 0, nil, nil
	if a.held != nil {
		a.held.Reset()
	}
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Etag", "Location", "Last-Modified", "Content-Disposition", "Trailer"} {
		a.Header().Del(name)
	}
}

// fix undoes what was done to the header after the status was given, as net/http does: trailers excepted.
func (a *Answer) fix() {
	if a.fixed == nil {
		return
	}
	h := a.Header()
	for name := range h {
		_, was := a.fixed[name]
		if !was && !strings.HasPrefix(name, http.TrailerPrefix) && !slices.ContainsFunc(a.fixed["Trailer"], func(list string) bool {
			return slices.ContainsFunc(strings.Split(list, ","), func(t string) bool { return http.CanonicalHeaderKey(strings.TrimSpace(t)) == name })
		}) {
			delete(h, name)
		}
	}
	maps.Copy(h, a.fixed)
	a.fixed = nil
}

// begin sends what is held.
func (a *Answer) begin() error {
	a.fix()
	a.through = true
	a.ResponseWriter.WriteHeader(a.status)
	if a.held == nil {
		return nil
	}
	_, err := a.put(a.held.Bytes())
	putBuffer(a.held)
	a.held = nil
	return err
}

// write writes on. Until there is more, nothing is due: over HTTP/2 a deadline that passes ends the stream also when
// nothing is written.
func (a *Answer) write(p []byte) (n int, err error) {
	n, err = a.put(p)
	a.rest()
	return n, err
}

// put writes, each piece with a deadline of its own.
func (a *Answer) put(p []byte) (n int, err error) {
	for len(p) > 0 && err == nil {
		piece := p[:min(len(p), writeChunk)]
		a.hurry()
		var k int
		k, err = a.ResponseWriter.Write(piece)
		n, p = n+k, p[len(piece):]
	}
	return n, err
}

// hurry gives the next piece its time.
func (a *Answer) hurry() {
	if !a.Paced || !a.through {
		_ = a.response.SetWriteDeadline(clock.System.Now().Add(a.Idle)) // what knows no deadline is no connection
	}
}

func (a *Answer) rest() {
	if !a.Paced {
		_ = a.response.SetWriteDeadline(time.Time{})
	}
}

// Send writes what is held, and ends the answer. The deadline stays: net/http may still have some of it in its buffer.
func (a *Answer) Send() {
	a.hurry()
	if !a.through && a.status != 0 {
		_ = a.begin()
	}
}

// Flush sends nothing before its time.
func (a *Answer) Flush() {
	if a.through {
		a.hurry()
		_ = a.response.Flush()
		a.rest()
	}
}

// Unwrap is there for http.ResponseController.
func (a *Answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
