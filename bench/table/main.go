// Command table measures the server against the yardstick on SQLite and
// PostgreSQL and writes docs/benchmarks.md. Run it by "go tool task bench".
//
// Machines are shared and noisy, so what counts is the CPU time of a request
// (server and database together) as a ratio to the yardstick's, both run in the
// same minute, in turns; the figure is the median of the rounds.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"time"
)

// options are what the command line says.
type options struct {
	rows, rounds, connections int
	growth                    int
	during                    time.Duration
	only                      *regexp.Regexp
	part                      bool // some operations, and nothing else
	databases                 []string
	out                       string
	overload                  bool
}

func main() {
	var o options
	flag.IntVar(&o.rows, "rows", 100_000, "assets in the tenant, and rows of the yardstick")
	flag.IntVar(&o.growth, "growth", 0, "rows of one more tenant for the growth of pages, such as 1000000, which takes long to fill; 0 takes the large one")
	flag.IntVar(&o.rounds, "rounds", 3, "turns; the median counts")
	flag.IntVar(&o.connections, "c", 8, "connections")
	flag.DurationVar(&o.during, "d", 3*time.Second, "measured time of a turn")
	only := flag.String("only", ".", "operations, by regular expression; with one, only these are measured, and no page is written")
	database := flag.String("db", "", "sqlite or postgres; empty is both")
	flag.StringVar(&o.out, "out", "docs/benchmarks.md", "file to write; empty prints only")
	flag.BoolVar(&o.overload, "overload", false, "only what happens beyond saturation, printed and not written")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o.databases = []string{"sqlite", "postgres"}
	if *database != "" {
		o.databases = []string{*database}
	}
	var err error
	o.part = *only != "."
	if o.only, err = regexp.Compile(*only); err == nil {
		err = run(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	folder, err := os.MkdirTemp("", "holdfast-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	for _, name := range []string{"./cmd/holdfast", "./bench/limit"} {
		build := exec.CommandContext(ctx, ".ci/go", "build", "-o", folder, name) //nolint:gosec // fixed names
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	binary, err := os.Stat(filepath.Join(folder, "holdfast"))
	if err != nil {
		return err
	}
	r := report{options: o, binary: binary.Size(), at: time.Now()}
	for _, kind := range o.databases {
		part, err := measure(ctx, o, folder, kind)
		if err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		r.parts = append(r.parts, *part)
	}
	if o.overload {
		for _, p := range r.parts {
			p.overload.report(func(format string, args ...any) { fmt.Printf(p.kind+" "+format+"\n", args...) }) //nolint:forbidigo // the table is what this program is for
		}
		return nil
	}
	if o.part {
		return nil // they were told line by line
	}
	if r.reviews, err = measureReviews(ctx); err != nil {
		return err
	}
	text := r.markdown()
	fmt.Print(text) //nolint:forbidigo // the table is what this program is for
	if o.out == "" {
		return nil
	}
	return os.WriteFile(o.out, []byte(text), 0o644) //nolint:gosec // a page of the documentation
}
