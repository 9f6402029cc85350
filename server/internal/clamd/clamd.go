// Package clamd asks a ClamAV daemon whether what is being stored is malware. It speaks the daemon's INSTREAM command over a unix or a
// TCP socket: https://docs.clamav.net/manual/Usage/Scanning.html#clamd
package clamd

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

// How long the daemon may take: to answer at all, to take a piece, to judge the whole.
const (
	dialFor  = 5 * time.Second
	sendFor  = 30 * time.Second
	judgeFor = 2 * time.Minute
)

// longest is the longest answer that is read.
const longest = 4 << 10

// Scanner is a daemon to ask.
type Scanner struct{ network, address string }

// New takes unix:///run/clamav/clamd.ctl or tcp://host:3310.
func New(where string) (*Scanner, error) {
	u, err := url.Parse(where)
	switch {
	case err == nil && u.Scheme == "unix" && u.Host == "" && len(u.Path) > 1:
		return &Scanner{"unix", u.Path}, nil
	case err == nil && u.Scheme == "tcp" && u.Hostname() != "" && u.Port() != "" && u.Path == "":
		return &Scanner{"tcp", u.Host}, nil
	}
	return nil, errors.New("must be unix:///PATH or tcp://HOST:PORT")
}

// Infected says what was found.
type Infected struct{ Signature string }

// Error names the signature.
func (i *Infected) Error() string { return "clamd: " + i.Signature }

// Ping tells whether the daemon answers.
func (s *Scanner) Ping(ctx context.Context) error {
	conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(clock.System.Now().Add(dialFor)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("zPING\x00")); err != nil {
		return err
	}
	text, err := answer(conn)
	if err == nil && text != "PONG" {
		err = fmt.Errorf("clamd: it says %q to a ping", text)
	}
	return err
}

func (s *Scanner) dial(ctx context.Context) (net.Conn, error) {
	return (&net.Dialer{Timeout: dialFor}).DialContext(ctx, s.network, s.address)
}

// Scan is one file on its way to the daemon.
type Scan struct {
	conn net.Conn
	stop func() bool
}

// Begin opens a scan. Write what is to be judged, then ask for the Verdict; Close in any case.
func (s *Scanner) Begin(ctx context.Context) (*Scan, error) {
	conn, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	scan := &Scan{conn: conn, stop: context.AfterFunc(ctx, func() { _ = conn.Close() })}
	if err := scan.send([]byte("zINSTREAM\x00")); err != nil {
		return nil, errors.Join(err, scan.Close())
	}
	return scan, nil
}

// Write sends a piece.
func (s *Scan) Write(b []byte) (int, error) {
	if len(b) == 0 { // it would mean the end
		return 0, nil
	}
	var size [4]byte
	binary.BigEndian.PutUint32(size[:], uint32(len(b)))
	if err := s.send(size[:]); err != nil {
		return 0, s.why(err)
	}
	if err := s.send(b); err != nil {
		return 0, s.why(err)
	}
	return len(b), nil
}

func (s *Scan) send(b []byte) error {
	if err := s.conn.SetWriteDeadline(clock.System.Now().Add(sendFor)); err != nil {
		return err
	}
	_, err := s.conn.Write(b)
	return err
}

// why looks whether a daemon that takes no more has said why: it does when a file is larger than its StreamMaxLength.
func (s *Scan) why(err error) error {
	if s.conn.SetReadDeadline(clock.System.Now().Add(time.Second)) != nil {
		return err
	}
	text, late := answer(s.conn)
	if late != nil {
		return err
	}
	if said := verdict(text); said != nil {
		return said
	}
	return err
}

// Verdict ends the file and waits for what the daemon says: nil is clean, an *Infected names what it found, any other error means that
// it did not judge.
func (s *Scan) Verdict() error {
	if err := s.send(make([]byte, 4)); err != nil {
		return s.why(err)
	}
	if err := s.conn.SetReadDeadline(clock.System.Now().Add(judgeFor)); err != nil {
		return err
	}
	text, err := answer(s.conn)
	if err != nil {
		return err
	}
	return verdict(text)
}

// Close ends the scan.
func (s *Scan) Close() error {
	s.stop()
	return s.conn.Close()
}

// answer reads one, up to the zero byte that ends it: half an answer is none.
func answer(from io.Reader) (string, error) {
	var b []byte
	for one := make([]byte, 1); len(b) <= longest; {
		n, err := from.Read(one)
		switch {
		case n == 1 && one[0] == 0:
			return string(bytes.TrimRight(b, "\r\n")), nil
		case n == 1:
			b = append(b, one[0])
		case errors.Is(err, io.EOF):
			return "", errors.New("clamd: it hangs up before its answer ends")
		case err != nil:
			return "", err
		}
	}
	return "", errors.New("clamd: its answer does not end")
}

// verdict understands an answer: "stream: OK", "stream: Eicar-Test-Signature FOUND" or "INSTREAM size limit exceeded. ERROR".
func verdict(text string) error {
	rest, ok := strings.CutPrefix(text, "stream: ")
	if ok && rest == "OK" {
		return nil
	}
	if name, found := strings.CutSuffix(rest, " FOUND"); ok && found && name != "" {
		return &Infected{plain(name)}
	}
	return fmt.Errorf("clamd: it says %.200q", text)
}

// plain is a signature's name as it may stand in an answer and in the log.
func plain(name string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, name[:min(len(name), 200)])
}
