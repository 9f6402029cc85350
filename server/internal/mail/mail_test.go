package mail

import (
	"bufio"
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOutbox(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	dir := filepath.Join(t.TempDir(), "outbox")
	m, err := New("", dir, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	in := Message{To: "kim@example.org", Subject: "Grüezi", Text: "Open https://example.org/reset?token=abc\n"}
	if err := m.Send(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 1 || !strings.Contains(log.String(), files[0]) {
		t.Fatalf("%v\n%s", files, log.String())
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, leak := range []string{"X-Mailer", "User-Agent", "go-mail"} {
		if strings.Contains(string(text), leak) {
			t.Errorf("%q is in\n%s", leak, text)
		}
	}
	for _, want := range []string{"kim@example.org", "@localhost>\r\n", "Subject: =?UTF-8?q?Gr=C3=BCezi?=", "token=3Dabc"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if info, _ := os.Stat(files[0]); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
	if strings.Contains(log.String(), "token") {
		t.Error("the log shows the link")
	}
	if err := m.Send(context.Background(), Message{To: "no address"}); err == nil {
		t.Error("a message to nobody")
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		"smtp://localhost:2525": true, "smtps://u:p@mail.example.org": true, "http://x": false, "smtp://": false, "smtp://%zz:secret@x": false,
	} {
		_, err := New(in, "", slog.New(slog.DiscardHandler))
		if (err == nil) != want {
			t.Errorf("%s: %v", in, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

// TestSMTP delivers to a server at the edge of the world: twenty lines that speak enough of RFC 5321.
func TestSMTP(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	got := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		say := func(line string) { _, _ = c.Write([]byte(line + "\r\n")) }
		var all strings.Builder
		say("220 here")
		for s, data := bufio.NewScanner(c), false; s.Scan(); {
			line := s.Text()
			all.WriteString(line + "\n")
			switch {
			case data && line == ".":
				data = false
				say("250 kept")
			case data:
			case strings.HasPrefix(line, "DATA"):
				data = true
				say("354 go on")
			case strings.HasPrefix(line, "QUIT"):
				say("221 bye")
				got <- all.String()
				return
			default:
				say("250 ok")
			}
		}
	}()
	m, err := New("smtp://"+l.Addr().String()+"?from=desk@example.org", "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Send(context.Background(), Message{To: "kim@example.org", Subject: "Hello", Text: "Dear Kim"}); err != nil {
		t.Fatal(err)
	}
	text := <-got
	for _, want := range []string{"MAIL FROM:<desk@example.org>", "RCPT TO:<kim@example.org>", "Dear Kim"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}
