package load

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// spent is what process trees have used.
type spent struct {
	cpu    float64 // seconds, with those of children that have ended
	memory float64 // MiB, shared pages divided among those who share them
	own    float64 // seconds of this process
}

// ticks is how many the kernel counts in a second, everywhere.
const ticks = 100

type process struct {
	parent int
	cpu    float64
}

// processes are all that run, by their ids.
func processes() map[int]process {
	all := map[int]process{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		p := process{}
		p.parent, _ = strconv.Atoi(fields[1])
		for _, field := range fields[11:15] {
			n, _ := strconv.ParseFloat(field, 64)
			p.cpu += n / ticks
		}
		all[id] = p
	}
	return all
}

// tree is the processes of the trees below some.
func tree(roots []int, all map[int]process) (ids []int) {
	children := map[int][]int{}
	for id, p := range all {
		children[p.parent] = append(children[p.parent], id)
	}
	for todo := roots; len(todo) > 0; {
		id := todo[0]
		todo = append(todo[1:len(todo):len(todo)], children[id]...)
		ids = append(ids, id)
	}
	return ids
}

// usage reads what the trees below some processes have used.
func usage(roots []int) (s spent) {
	all := processes()
	for _, id := range tree(roots, all) {
		s.cpu += all[id].cpu
		memory, _ := Memory(id)
		s.memory += memory
	}
	s.own = all[os.Getpid()].cpu
	return s
}

// Memory is the share of a process in the machine's, in MiB: shared pages are
// divided among those who share them. Of it, own leaves out pages of files, such
// as the program's, which the kernel may drop at any time.
func Memory(id int) (all, own float64) {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", id))
	for line := range strings.Lines(string(text)) {
		for prefix, to := range map[string]*float64{"Pss:": &all, "Pss_Anon:": &own} {
			if rest, ok := strings.CutPrefix(line, prefix); ok {
				kib, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
				*to += kib / 1024
			}
		}
	}
	return all, own
}

// machine is how many seconds all processors have been busy.
func machine() (busy float64) {
	text, _ := os.ReadFile("/proc/stat")
	first, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(first)[1:] {
		n, _ := strconv.ParseFloat(field, 64)
		if i < 8 && i != 3 && i != 4 { // without idle and waiting
			busy += n / ticks
		}
	}
	return busy
}
