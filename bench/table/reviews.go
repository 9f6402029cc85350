package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// reviews are the figures of the security reviews, from the benchmarks beside their code.
type reviews struct {
	seconds, peak float64 // a report of 250 findings with 20 pictures
	// a page of findings, as a multiple of a page of assets in the same turn, by database
	findings map[string]float64
}

var figure = regexp.MustCompile(`([0-9.]+) (ns/op|peak-MiB|of-assets)`)

func measureReviews(ctx context.Context) (reviews, error) {
	r := reviews{findings: map[string]float64{}}
	run := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^(BenchmarkPDF|BenchmarkListFindings)$", "-benchtime", "2s", "./server/internal/report", "./server/findings")
	out, err := run.CombinedOutput()
	if err != nil {
		return r, fmt.Errorf("the benchmarks of reviews: %w\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		name, rest, ok := strings.Cut(line, "\t")
		if !ok || !strings.HasPrefix(name, "Benchmark") {
			continue
		}
		for _, f := range figure.FindAllStringSubmatch(rest, -1) {
			value, err := strconv.ParseFloat(f[1], 64)
			switch {
			case err != nil:
				return r, err
			case f[2] == "ns/op" && strings.HasPrefix(name, "BenchmarkPDF"):
				r.seconds = value / 1e9
			case f[2] == "peak-MiB":
				r.peak = value
			case f[2] == "of-assets":
				database, _, _ := strings.Cut(strings.TrimPrefix(name, "BenchmarkListFindings/"), "-")
				r.findings[strings.TrimSpace(database)] = value
			}
		}
	}
	return r, nil
}
