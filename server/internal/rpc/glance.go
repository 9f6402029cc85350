package rpc

import (
	"bytes"
	"strconv"
)

// glimpse is what must be known of a request to refuse it, in the bytes that it was read from.
type glimpse struct {
	path                     []byte
	credentials              [3][]byte // as they are looked for by name
	kind, id, forwarded      []byte    // Content-Type, X-Request-Id, X-Forwarded-For
	host, length, connection []byte
}

// glimpseOf reads bytes that are one whole request, body included, and nothing besides. It takes no request that has anything unusual about
// it: net/http must find the same one in the same bytes, or a caller could say one thing to the one and another to the other.
func glimpseOf(b []byte) (g glimpse, ok bool) {
	head, body, ok := bytes.Cut(b, []byte("\r\n\r\n"))
	if !ok {
		return g, false
	}
	line, rest, more := bytes.Cut(head, []byte("\r\n"))
	if !g.begin(line) {
		return g, false
	}
	for more {
		line, rest, more = bytes.Cut(rest, []byte("\r\n"))
		if !g.header(line) {
			return g, false
		}
	}
	length := 0
	if g.length != nil {
		var err error
		if length, err = strconv.Atoi(string(g.length)); err != nil || !consists(g.length, inNumber) {
			return g, false
		}
	}
	return g, g.host != nil && consists(g.host, inHost) && length == len(body) && (g.connection == nil || bytes.EqualFold(g.connection, []byte("keep-alive")))
}

// begin reads the request line.
func (g *glimpse) begin(line []byte) bool {
	method, rest, _ := bytes.Cut(line, []byte(" "))
	switch string(method) {
	case "GET", "POST", "PUT", "PATCH", "DELETE":
	default:
		return false
	}
	target, ok := bytes.CutSuffix(rest, []byte(" HTTP/1.1"))
	path, query, _ := bytes.Cut(target, []byte("?"))
	g.path = path
	return ok && bytes.HasPrefix(path, []byte("/")) && consists(path, inPath) && consists(query, inQuery)
}

// header reads one header, which may be there once if it matters.
func (g *glimpse) header(line []byte) bool {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok || len(name) == 0 || !consists(name, inName) || !consists(value, inValue) {
		return false
	}
	is := func(other string) bool { return len(name) == len(other) && bytes.EqualFold(name, []byte(other)) }
	var to *[]byte
	switch {
	case is("Host"):
		to = &g.host
	case is("Content-Length"):
		to = &g.length
	case is("Connection"):
		to = &g.connection
	case is(bearer):
		to = &g.credentials[0]
	case is(device):
		to = &g.credentials[1]
	case is(provisioning):
		to = &g.credentials[2]
	case is("Content-Type"):
		to = &g.kind
	case is("X-Request-Id"):
		to = &g.id
	case is("X-Forwarded-For"):
		to = &g.forwarded
	case is("Transfer-Encoding"), is("Trailer"), is("Expect"), is("Upgrade"), is("Origin"):
		return false
	default:
		return true
	}
	if value = bytes.Trim(value, " \t"); *to != nil || len(value) == 0 {
		return false
	}
	*to = value
	return true
}

// What the parts of a usual request consist of.
const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" + digits
	marks   = "-._~/:@!$&'()*+,;="
)

var (
	inNumber = characters(digits)
	inName   = characters(letters + "-")
	inHost   = characters(letters + "-.:[]")
	inPath   = characters(letters + marks)
	inQuery  = characters(letters + marks + "%?")
	inValue  = characters(letters + marks + "\t \"#%<>?[\\]^_`{|}")
)

func characters(of string) *[256]bool {
	var set [256]bool
	for i := range len(of) {
		set[of[i]] = true
	}
	return &set
}

func consists(b []byte, of *[256]bool) bool {
	for _, c := range b {
		if !of[c] {
			return false
		}
	}
	return true
}
