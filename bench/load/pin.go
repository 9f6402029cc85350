package load

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

// Pin gives this process the last quarter of the processors, at least one, and
// the process trees the others: a load that runs where its subject runs takes
// from it what it needs itself. Free gives everybody all processors again.
func Pin(roots []int) (free func() error, err error) {
	n := runtime.NumCPU()
	if n < 2 {
		return nil, errors.New("one processor cannot be divided")
	}
	share := func(own, others [2]int) error {
		err := confine(os.Getpid(), own)
		for _, id := range tree(roots, processes()) {
			err = errors.Join(err, confine(id, others))
		}
		return err
	}
	own, every := max(1, n/4), [2]int{0, n}
	free = func() error { return share(every, every) }
	if err := share([2]int{n - own, n}, [2]int{0, n - own}); err != nil {
		return nil, errors.Join(err, free())
	}
	return free, nil
}

// confine lets the threads of a process run on the processors from the
// first up to the second. Those that begin later are as confined as the one that begins them.
func confine(id int, processors [2]int) error {
	var mask [16]uint64
	for i := processors[0]; i < processors[1]; i++ {
		mask[i/64] |= 1 << (i % 64)
	}
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/[0-9]*", id))
	if err != nil {
		return err
	}
	for _, name := range threads {
		thread, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			return err
		}
		_, _, failed := syscall.Syscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(thread), unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask))) //nolint:gosec // the call takes a pointer
		// it has ended
		if failed != 0 && failed != syscall.ESRCH {
			return fmt.Errorf("confine thread %d: %w", thread, failed)
		}
	}
	return nil
}
