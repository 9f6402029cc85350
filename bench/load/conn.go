package load

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"math"
	"math/bits"
	"net"
	"strconv"
	"time"
)

// A conn is one keep-alive connection, opened again when it breaks.
type conn struct {
	addr string
	c    net.Conn
	r    *bufio.Reader
	wait time.Duration // that the last answer told us to
}

func (c *conn) close() {
	if c.c != nil {
		_ = c.c.Close()
		c.c = nil
	}
}

// do sends a request and reads the answer away.
func (c *conn) do(request []byte) (status int, err error) {
	c.wait = 0
	if c.c == nil {
		if c.c, err = net.DialTimeout("tcp", c.addr, 10*time.Second); err != nil {
			return 0, err
		}
		c.r = bufio.NewReaderSize(c.c, 32<<10)
	}
	_ = c.c.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err = c.c.Write(request); err == nil {
		status, err = c.read()
	}
	if err != nil {
		c.close()
	}
	return status, err
}

var errProtocol = errors.New("the answer is not HTTP/1.1")

func (c *conn) read() (status int, err error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return 0, errProtocol
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, errProtocol
	}
	length, chunked, closing := -1, false, false
	for {
		if line, err = c.r.ReadSlice('\n'); err != nil {
			return 0, err
		}
		if len(line) <= 2 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("content-length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, errProtocol
			}
		case bytes.EqualFold(name, []byte("transfer-encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("connection")):
			closing = bytes.EqualFold(value, []byte("close"))
		case bytes.EqualFold(name, []byte("retry-after")):
			seconds, err := strconv.Atoi(string(value))
			if err != nil {
				return 0, errProtocol
			}
			c.wait = time.Duration(seconds) * time.Second
		}
	}
	switch {
	case chunked:
		err = c.chunks()
	case status == 204 || status == 304:
	case length >= 0:
		_, err = c.r.Discard(length)
	default:
		_, err = io.Copy(io.Discard, c.r)
		closing = true
	}
	if closing {
		c.close()
	}
	return status, err
}

func (c *conn) chunks() error {
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, _, _ := bytes.Cut(bytes.TrimSpace(line), []byte(";"))
		n, err := strconv.ParseInt(string(size), 16, 32)
		if err != nil {
			return errProtocol
		}
		if _, err := c.r.Discard(int(n) + 2); err != nil || n == 0 {
			return err
		}
	}
}

// A histogram has 64 buckets for each power of two of nanoseconds: an error
// below 1.6 %.
type histogram [64 * 64]int64

func (h *histogram) note(d time.Duration) {
	ns := uint64(max(d, 0))
	if ns < 64 {
		h[ns]++
		return
	}
	power := bits.Len64(ns) - 1 // at least 6
	h[(power-5)*64+int(ns>>(power-6))&63]++
}

func (h *histogram) add(other *histogram) {
	for i, n := range other {
		h[i] += n
	}
}

func (h *histogram) quantile(q float64, all int64) time.Duration {
	want := int64(math.Ceil(q * float64(all)))
	var seen int64
	for i, n := range h {
		if seen += n; seen >= want && n > 0 {
			if i < 64 {
				return time.Duration(i)
			}
			return time.Duration(math.Ldexp(float64(64+i%64)+0.5, i/64+5-6))
		}
	}
	return 0
}
