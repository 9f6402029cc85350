package rpc

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// plainly are requests that are taken, and what is found in them.
var plainly = map[string]glimpse{
	"GET /api/v1/assets/1 HTTP/1.1\r\nHost: a:80\r\nAuthorization: Bearer x\r\n\r\n": {
		path: []byte("/api/v1/assets/1"), host: []byte("a:80"), credentials: [3][]byte{[]byte("Bearer x")},
	},
	"DELETE /api/v1/a?b=%20c HTTP/1.1\r\nhost:a\r\nconnection: Keep-Alive\r\nX-DEVICE-KEY: \t d \r\nX-Provisioning-Key: p\r\nX-Forwarded-For: 1.2.3.4\r\nX-Request-ID: i\r\n\r\n": {
		path: []byte("/api/v1/a"), host: []byte("a"), connection: []byte("Keep-Alive"), credentials: [3][]byte{nil, []byte("d"), []byte("p")}, forwarded: []byte("1.2.3.4"), id: []byte("i"),
	},
	"POST /holdfast.a.v1.A/B HTTP/1.1\r\nHost: [::1]:80\r\nContent-Type: application/json\r\nContent-Length: 4\r\nX-Empty:\r\n\r\n\r\n\r\n": {
		path: []byte("/holdfast.a.v1.A/B"), host: []byte("[::1]:80"), kind: []byte("application/json"), length: []byte("4"),
	},
}

// strangely are requests that are left alone, though some are well-formed.
var strangely = []string{
	"", "G", "\r\n\r\n", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\n\r\nG",                                       // the next has begun
	"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",       // is there
	"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",                                    // a rest of what was before
	"ET / HTTP/1.1\r\nHost: a\r\n\r\n",                                         // no beginning
	"GET / HTTP/1.0\r\nHost: a\r\n\r\n",                                        // another version
	"GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", // not quite
	"GET a HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", // another form of target
	"GET /%61 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", // an escaped one
	"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", // other answers
	"get / HTTP/1.1\r\nHost: a\r\n\r\n",                                               // another method
	"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost:\r\n\r\n", // two hosts, none
	"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",                                    // not one
	"GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n", // other ends of lines
	"GET / HTTP/1.1\r\nHost: a\rA: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nA: \x00\r\n\r\n", // bytes that do not belong there
	"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", // continued lines
	"GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", // no names
	"GET / HTTP/1.1\r\nHost: a\r\nb\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nTRANSFER-ENCODING: identity\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nab",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -0\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nAuthorization:\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://a\r\n\r\n", // the answer to another site's page has more headers
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}

func TestGlimpse(t *testing.T) {
	t.Parallel()
	for text, want := range plainly {
		g, ok := glimpseOf([]byte(text))
		if !ok {
			t.Errorf("not taken: %q", text)
		}
		for i, pair := range [][2][]byte{
			{g.path, want.path}, {g.host, want.host}, {g.kind, want.kind}, {g.id, want.id}, {g.forwarded, want.forwarded}, {g.length, want.length},
			{g.connection, want.connection}, {g.credentials[0], want.credentials[0]}, {g.credentials[1], want.credentials[1]}, {g.credentials[2], want.credentials[2]},
		} {
			if !bytes.Equal(pair[0], pair[1]) || (pair[0] == nil) != (pair[1] == nil) {
				t.Errorf("%q: %d is %q, not %q", text, i, pair[0], pair[1])
			}
		}
		sameAsParsed(t, text)
		for cut := range text {
			if _, ok := glimpseOf([]byte(text[:cut])); ok {
				t.Errorf("a part is taken: %q", text[:cut])
			}
			if cut > 0 {
				if _, ok := glimpseOf([]byte(text[cut:])); ok {
					t.Errorf("a part is taken: %q", text[cut:])
				}
			}
		}
	}
	for _, text := range strangely {
		if _, ok := glimpseOf([]byte(text)); ok {
			t.Errorf("taken: %q", text)
		}
	}
}

// FuzzGlimpse: what is taken is what net/http reads as one request from the same bytes, with nothing left over.
func FuzzGlimpse(f *testing.F) {
	for text := range plainly {
		f.Add(text)
	}
	for _, text := range strangely {
		f.Add(text)
	}
	f.Fuzz(sameAsParsed)
}

func sameAsParsed(t *testing.T, text string) {
	t.Helper()
	g, ok := glimpseOf([]byte(text))
	if !ok {
		return
	}
	rest := bufio.NewReader(strings.NewReader(text))
	r, err := http.ReadRequest(rest)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatalf("%q: the body: %v", text, err)
	}
	if left, _ := io.ReadAll(rest); len(left) > 0 {
		t.Errorf("%q: %q is left over", text, left)
	}
	if r.Close || len(r.TransferEncoding) > 0 || int64(len(body)) != r.ContentLength || !r.ProtoAtLeast(1, 1) || r.Method == http.MethodHead {
		t.Errorf("%q: is not usual: %+v", text, r)
	}
	if r.URL.Path != string(g.path) || r.Host != string(g.host) {
		t.Errorf("%q: %q at %q, not %q at %q", text, g.path, g.host, r.URL.Path, r.Host)
	}
	for name, value := range map[string][]byte{
		bearer: g.credentials[0], device: g.credentials[1], provisioning: g.credentials[2], "Content-Type": g.kind, "X-Request-Id": g.id, "X-Forwarded-For": g.forwarded,
	} {
		if given := r.Header[name]; len(given) > 1 || (len(given) == 1) != (value != nil) || value != nil && given[0] != string(value) {
			t.Errorf("%q: %s is %q, not %q", text, name, value, given)
		}
	}
	for _, name := range []string{"Expect", "Upgrade", "Trailer", "Origin"} {
		if len(r.Header[name]) > 0 {
			t.Errorf("%q: has %s", text, name)
		}
	}
}
