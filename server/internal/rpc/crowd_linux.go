package rpc

import (
	"syscall"
	"time"
	"unsafe"
)

// age is how long ago a connection received what it received last: a request's age, as HTTP/1 sends one after the other.
func age(raw syscall.RawConn) (old time.Duration) {
	var info [56]byte // the beginning of a tcp_info, up to tcpi_last_data_recv: milliseconds
	size := uint32(len(info))
	_ = raw.Control(func(fd uintptr) {
		_, _, failed := syscall.Syscall6(syscall.SYS_GETSOCKOPT, fd, syscall.IPPROTO_TCP, syscall.TCP_INFO, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0) //nolint:gosec // the call takes pointers
		if failed == 0 && size == uint32(len(info)) {
			old = time.Duration(*(*uint32)(unsafe.Pointer(&info[52]))) * time.Millisecond //nolint:gosec // in the machine's order of bytes
		}
	})
	return old
}
