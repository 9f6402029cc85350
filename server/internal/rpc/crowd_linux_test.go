package rpc

import (
	"net"
	"syscall"
	"testing"
	"time"
)

func TestAge(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	caller, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = caller.Close() }()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	raw, ok := (&Door{}).Connected(t.Context(), c).Value(lineKey{}).(syscall.RawConn)
	if !ok {
		t.Fatal("the connection is not known")
	}
	if _, err := caller.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	early := age(raw)
	time.Sleep(200 * time.Millisecond)
	if late := age(raw); late-early < 150*time.Millisecond || late > time.Minute {
		t.Errorf("%v old, and 200 ms later %v", early, late)
	}
	if _, err := caller.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if again := age(raw); again > 150*time.Millisecond {
		t.Errorf("what has just come is %v old", again)
	}
}
