package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"
)

// logger writes coloured lines on a terminal and JSON otherwise, unless the
// format is given.
func logger(w io.Writer, s settings) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.get("log_level"))); err != nil {
		return nil, fmt.Errorf("log_level: %q is none of debug, info, warn, error", s.get("log_level"))
	}
	terminal := isTerminal(w)
	switch format := s.get("log_format"); {
	case format == "text" || format == "auto" && terminal:
		return slog.New(tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: !terminal})), nil
	case format == "json" || format == "auto":
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})), nil
	default:
		return nil, fmt.Errorf("log_format: %q is none of auto, text, json", format)
	}
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
