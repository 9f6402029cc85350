// Package cvss reads vectors of the Common Vulnerability Scoring System, versions 3.1 and 4.0
// (https://www.first.org/cvss), and says what they score.
package cvss

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	gocvss31 "github.com/pandatix/go-cvss/31"
	gocvss40 "github.com/pandatix/go-cvss/40"
)

// Rating is what a vector says in the end.
type Rating struct {
	// Vector is in the order of the specification.
	Vector string
	// Score is 0.0 to 10.0. In 3.1 it is the environmental score where the vector has environmental metrics, else the
	// temporal score where it has temporal ones, else the base score; 4.0 knows one score only.
	Score float64
	// Severity is the qualitative word: none, low, medium, high, critical.
	Severity string
}

// Error is what is wrong with a vector, for whoever wrote it.
type Error struct {
	// Metric is the abbreviation that is to blame, such as "AV"; empty when it is the vector's form.
	Metric string
	text   string
}

func (e *Error) Error() string {
	if e.Metric == "" {
		return e.text
	}
	return "metric " + e.Metric + " " + e.text
}

// The metrics without which nothing can be scored, in the order of the specifications.
var (
	base31 = []string{"AV", "AC", "PR", "UI", "S", "C", "I", "A"}
	base40 = []string{"AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"}

	temporal31      = []string{"E", "RL", "RC"}
	environmental31 = []string{"CR", "IR", "AR", "MAV", "MAC", "MPR", "MUI", "MS", "MC", "MI", "MA"}
)

const (
	prefix31 = "CVSS:3.1/"
	prefix40 = "CVSS:4.0/"
)

// Parse reads and scores a vector. Its errors are *Error.
func Parse(vector string) (Rating, error) {
	switch {
	case strings.HasPrefix(vector, prefix31):
		return parse31(vector)
	case strings.HasPrefix(vector, prefix40):
		return parse40(vector)
	}
	return Rating{}, &Error{text: `must begin with "CVSS:3.1/" or "CVSS:4.0/"`}
}

func parse31(vector string) (Rating, error) {
	if err := walk(vector[len(prefix31):], base31, new(gocvss31.CVSS31).Set); err != nil {
		return Rating{}, err
	}
	v, err := gocvss31.ParseVector(vector)
	if err != nil {
		return Rating{}, &Error{text: "is no CVSS 3.1 vector"}
	}
	score := v.BaseScore()
	switch {
	case anySet(v.Get, environmental31):
		score = v.EnvironmentalScore()
	case anySet(v.Get, temporal31):
		score = v.TemporalScore()
	}
	return rate(v.Vector(), score, gocvss31.Rating)
}

func parse40(vector string) (Rating, error) {
	if err := walk(vector[len(prefix40):], base40, new(gocvss40.CVSS40).Set); err != nil {
		return Rating{}, err
	}
	v, err := gocvss40.ParseVector(vector)
	if errors.Is(err, gocvss40.ErrInvalidMetricOrder) {
		return Rating{}, &Error{text: "must have its metrics in the order of the CVSS 4.0 specification"}
	}
	if err != nil {
		return Rating{}, &Error{text: "is no CVSS 4.0 vector"}
	}
	tenths := score40(func(metric string) string {
		value, err := v.Get(metric)
		if err != nil { // no such metric: MCR, say
			return ""
		}
		return value
	})
	return rate(v.Vector(), float64(tenths)/10, gocvss40.Rating)
}

func rate(vector string, score float64, rating func(float64) (string, error)) (Rating, error) {
	word, err := rating(score)
	if err != nil {
		return Rating{}, &Error{text: "has no score"}
	}
	return Rating{Vector: vector, Score: score, Severity: strings.ToLower(word)}, nil
}

// walk looks for the first metric that is unknown, twice there, or of a wrong value, and then for one that is missing:
// the library refuses all of them too, but does not always say which one it was.
func walk(rest string, base []string, set func(metric, value string) error) error {
	var seen []string
	for part := range strings.SplitSeq(rest, "/") {
		metric, value, ok := strings.Cut(part, ":")
		if !ok || metric == "" {
			return &Error{text: fmt.Sprintf("%q must be a metric and its value, such as \"AV:N\"", clip(part))}
		}
		if slices.Contains(seen, metric) {
			return &Error{Metric: metric, text: "is there twice"}
		}
		seen = append(seen, metric)
		switch err := set(metric, value); {
		case errors.Is(err, gocvss31.ErrInvalidMetricValue), errors.Is(err, gocvss40.ErrInvalidMetricValue):
			return &Error{Metric: metric, text: fmt.Sprintf("cannot be %q", clip(value))}
		case err != nil:
			return &Error{Metric: clip(metric), text: "is not known"}
		}
	}
	for _, metric := range base {
		if !slices.Contains(seen, metric) {
			return &Error{Metric: metric, text: "is missing"}
		}
	}
	return nil
}

func anySet(get func(string) (string, error), metrics []string) bool {
	return slices.ContainsFunc(metrics, func(m string) bool {
		value, err := get(m)
		return err == nil && value != "X"
	})
}

// clip keeps a caller's text in a message short.
func clip(s string) string {
	if len(s) > 20 {
		return strings.ToValidUTF8(s[:20], "") + "…"
	}
	return s
}
