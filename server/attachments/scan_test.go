package attachments_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server"
)

// daemon finds malware in whatever holds "EICAR", as clamd would.
func daemon(t *testing.T) string {
	t.Helper()
	at := filepath.Join(t.TempDir(), "clamd.ctl")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", at)
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
			go judge(conn)
		}
	}()
	return "unix://" + at
}

func judge(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	if command, err := in.ReadString(0); err != nil || command != "zINSTREAM\x00" {
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
		all = append(all, piece...)
	}
	answer := "stream: OK\x00"
	if bytes.Contains(all, []byte("EICAR")) {
		answer = "stream: Eicar-Test-Signature FOUND\x00"
	}
	_, _ = conn.Write([]byte(answer))
}

func TestMalwareIsRefused(t *testing.T) {
	t.Parallel()
	where := daemon(t)
	each(t, func(t *testing.T, p *place) {
		id := p.asset(false)
		p.send(p.Editor, on(id), "a.txt", "text/plain", strings.Repeat("clean ", 100_000), 201)
		status, _, body := p.Editor.REST("POST", on(id), strings.Repeat("x", 900_000)+"EICAR", "Content-Type", "text/plain")
		if status != 422 || !strings.Contains(string(body), `"reason":"infected"`) || !strings.Contains(string(body), "Eicar-Test-Signature") {
			t.Errorf("malware: %d %s", status, body)
		}
		if !strings.Contains(p.Log(), "malware was sent") {
			t.Error("the log does not tell of malware")
		}
		if n := p.stored(); n != 1 {
			t.Errorf("%d files, want 1", n)
		}
	}, func(c *server.Config) { c.ScannerURL = where })
}

func TestNothingIsTakenUnscanned(t *testing.T) {
	t.Parallel()
	where := "unix://" + filepath.Join(t.TempDir(), "none")
	each(t, func(t *testing.T, p *place) {
		status, header, body := p.Editor.REST("POST", on(p.asset(false)), "x", "Content-Type", "text/plain")
		if status != 503 || header.Get("Retry-After") == "" || !strings.Contains(string(body), "scanned") {
			t.Errorf("without the scanner: %d %s", status, body)
		}
		if n := p.stored(); n != 0 {
			t.Errorf("%d files are left", n)
		}
	}, func(c *server.Config) { c.ScannerURL = where })
}
