package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A progress shows how far long work is: one line that changes on a terminal, a
// line every few seconds elsewhere.
type progress struct {
	to       io.Writer
	terminal bool
	every    time.Duration
	last     time.Time
	width    int
}

func newProgress(to io.Writer) *progress {
	p := &progress{to: to, terminal: isTerminal(to), every: 5 * time.Second, last: time.Now()}
	if p.terminal {
		p.every = 100 * time.Millisecond
	}
	return p
}

// show tells where the work is.
func (p *progress) show(done, all int64, what string) {
	if now := time.Now(); now.Sub(p.last) >= p.every {
		p.last = now
		p.print(fmt.Sprintf("%3d %%  %d of %d  %s", percent(done, all), done, all, what))
	}
}

func percent(done, all int64) int64 {
	if all <= 0 || done > all {
		return 100
	}
	return done * 100 / all
}

func (p *progress) print(line string) {
	if !p.terminal {
		fmt.Fprintln(p.to, line)
		return
	}
	fmt.Fprintf(p.to, "\r%s%s", line, strings.Repeat(" ", max(0, p.width-len(line))))
	p.width = len(line)
}

// end leaves an empty line for what comes next.
func (p *progress) end() {
	if p.terminal && p.width > 0 {
		fmt.Fprintf(p.to, "\r%s\r", strings.Repeat(" ", p.width))
		p.width = 0
	}
}
