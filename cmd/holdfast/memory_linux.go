package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// processorTime is what the process has used so far.
func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// dropProgramPages takes the pages of the program's own file out of its
// memory: most were needed by the start alone, and the kernel brings those
// back that are needed again, from its cache.
func dropProgramPages() {
	for _, m := range programMappings() {
		if m.clean {
			// When it fails, the pages stay.
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, m.from, m.to-m.from, syscall.MADV_DONTNEED)
		}
	}
}

// mapping is a part of the program's file in memory.
type mapping struct {
	from, to uintptr
	resident int64 // KiB
	clean    bool  // read-only, and no page is a changed copy
}

// programMappings are those of the running program's file.
func programMappings() (found []mapping) {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return nil
	}
	file, err := os.Open("/proc/self/smaps")
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	var m *mapping
	for lines := bufio.NewScanner(file); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 2 {
			continue
		}
		if !strings.HasSuffix(words[0], ":") { // from-to rights offset device inode path
			m = nil
			from, to, ok := strings.Cut(words[0], "-")
			if !ok || len(words) < 6 || strings.Join(words[5:], " ") != program {
				continue
			}
			a, errFrom := strconv.ParseUint(from, 16, 64)
			b, errTo := strconv.ParseUint(to, 16, 64)
			if errFrom != nil || errTo != nil {
				continue
			}
			found = append(found, mapping{from: uintptr(a), to: uintptr(b), clean: words[1] == "r-xp" || words[1] == "r--p"})
			m = &found[len(found)-1]
			continue
		}
		if m == nil {
			continue
		}
		switch kib, _ := strconv.ParseInt(words[1], 10, 64); words[0] {
		case "Rss:":
			m.resident = kib
		case "Anonymous:", "Locked:":
			m.clean = m.clean && kib == 0
		}
	}
	return found
}
