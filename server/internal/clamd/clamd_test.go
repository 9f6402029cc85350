package clamd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

// daemon answers like clamd: what it was sent is infected when it holds "EICAR", and too large above limit.
func daemon(t *testing.T, network string, limit int) *Scanner {
	t.Helper()
	at := "127.0.0.1:0"
	if network == "unix" {
		at = filepath.Join(t.TempDir(), "clamd.ctl")
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), network, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn, limit)
			}()
		}
	}()
	where := "tcp://" + l.Addr().String()
	if network == "unix" {
		where = "unix://" + at
	}
	s, err := New(where)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func serve(conn net.Conn, limit int) {
	in := bufio.NewReader(conn)
	command, err := in.ReadString(0)
	switch {
	case err != nil:
		return
	case command == "zPING\x00":
		_, _ = conn.Write([]byte("PONG\x00"))
		return
	case command != "zINSTREAM\x00":
		_, _ = conn.Write([]byte("UNKNOWN COMMAND\x00"))
		return
	}
	var all []byte
	for {
		var size [4]byte
		if _, err := io.ReadFull(in, size[:]); err != nil {
			return
		}
		n := binary.BigEndian.Uint32(size[:])
		if n == 0 {
			break
		}
		piece := make([]byte, n)
		if _, err := io.ReadFull(in, piece); err != nil {
			return
		}
		if all = append(all, piece...); len(all) > limit {
			_, _ = conn.Write([]byte("INSTREAM size limit exceeded. ERROR\x00"))
			return
		}
	}
	if bytes.Contains(all, []byte("EICAR")) {
		_, _ = conn.Write([]byte("stream: Win.Test.EICAR_HDB-1 FOUND\x00"))
		return
	}
	_, _ = conn.Write([]byte("stream: OK\x00"))
}

func scan(ctx context.Context, s *Scanner, text string) error {
	one, err := s.Begin(ctx)
	if err != nil {
		return err
	}
	defer one.Close()
	for r := strings.NewReader(text); r.Len() > 0; {
		if _, err := io.CopyN(one, r, int64(min(1000, r.Len()))); err != nil {
			return err
		}
	}
	return one.Verdict()
}

func TestFilesAreJudged(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"unix", "tcp"} {
		s := daemon(t, network, 100_000)
		if err := s.Ping(t.Context()); err != nil {
			t.Errorf("%s: ping: %v", network, err)
		}
		if err := scan(t.Context(), s, strings.Repeat("clean ", 10_000)); err != nil {
			t.Errorf("%s: clean: %v", network, err)
		}
		var found *Infected
		if err := scan(t.Context(), s, strings.Repeat("a", 1990)+"EICAR over two pieces"); !errors.As(err, &found) || found.Signature != "Win.Test.EICAR_HDB-1" {
			t.Errorf("%s: infected: %v", network, err)
		}
		if err := scan(t.Context(), s, strings.Repeat("large ", 100_000)); err == nil || errors.As(err, &found) || !strings.Contains(err.Error(), "size limit") {
			t.Errorf("%s: too large: %v", network, err)
		}
	}
}

func TestAbsentDaemonIsAnError(t *testing.T) {
	t.Parallel()
	s, err := New("unix://" + filepath.Join(t.TempDir(), "none"))
	if err != nil {
		t.Fatal(err)
	}
	if s.Ping(t.Context()) == nil || scan(t.Context(), s, "x") == nil {
		t.Error("a daemon that is not there says that all is well")
	}
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	go func() {
		for {
			conn, err := silent.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	if s, err = New("tcp://" + silent.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if scan(t.Context(), s, "x") == nil {
		t.Error("a daemon that hangs up says that all is well")
	}
}

func TestScanEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := daemon(t, "tcp", 1000)
	ctx, cancel := context.WithCancel(t.Context())
	one, err := s.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	cancel()
	if err := one.Verdict(); err == nil {
		t.Error("a scan went on without its caller")
	}
}

func TestWrongPlaces(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"", "localhost:3310", "tcp://localhost", "tcp://:3310", "tcp://a:1/x", "unix:", "unix:///", "unix://host/a", "http://a:1", ":"} {
		if _, err := New(where); err == nil {
			t.Errorf("%q is taken", where)
		}
	}
}

func FuzzVerdict(f *testing.F) {
	for _, text := range []string{"stream: OK\x00", "stream: Eicar-Test-Signature FOUND\x00", "INSTREAM size limit exceeded. ERROR\x00", "", "stream:  FOUND\x00", "stream: OK FOUND\n", "PONG"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, said []byte) {
		text, err := answer(bytes.NewReader(said))
		if err != nil {
			return
		}
		if strings.ContainsRune(text, 0) || len(text) > longest {
			t.Fatalf("the answer goes on behind its end: %q", text)
		}
		var found *Infected
		switch err := verdict(text); {
		case err == nil:
			if text != "stream: OK" {
				t.Fatalf("%q is taken for clean", text)
			}
		case errors.As(err, &found):
			if found.Signature == "" || strings.ContainsAny(found.Signature, "\r\n\x00") {
				t.Fatalf("%q gives the signature %q", text, found.Signature)
			}
		}
	})
}
