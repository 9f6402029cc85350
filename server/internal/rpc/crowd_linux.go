package rpc

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// age is how long ago a connection received what it received last: a request's age, as HTTP/1 sends one after the other.
func age(raw syscall.RawConn) (old time.Duration) {
	_ = raw.Control(func(fd uintptr) {
		if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil {
			old = time.Duration(info.Last_data_recv) * time.Millisecond
		}
	})
	return old
}
