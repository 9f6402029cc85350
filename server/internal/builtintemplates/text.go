package builtintemplates

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"
	"sync"
)

// Text is a built-in template.
type Text struct {
	// ID is its file's name; a tenant's template is known by it through all releases.
	ID string `json:"-"`

	Name, Category, Language, Title, Description, RiskLevel, Impact, Recommendation string
	References                                                                      []string
	CWE                                                                             int32
	CVSS                                                                            string
}

//go:embed texts/*.md
var files embed.FS

// Texts are all of them, by their ids. They are shared: to be read, not changed.
var Texts = sync.OnceValues(func() ([]*Text, error) {
	entries, err := files.ReadDir("texts")
	if err != nil {
		return nil, err
	}
	texts := make([]*Text, len(entries))
	for i, e := range entries {
		raw, err := files.ReadFile(path.Join("texts", e.Name()))
		if err != nil {
			return nil, err
		}
		if texts[i], err = parse(strings.TrimSuffix(e.Name(), ".md"), string(raw)); err != nil {
			return nil, err
		}
	}
	return texts, nil
})

// parse reads a text: lines of "key: value" up to an empty one, then the parts, each below its heading. Paragraphs that
// were broken over several lines are one line each in the template, as an editor would have them.
func parse(id, raw string) (*Text, error) {
	head, body, ok := strings.Cut(raw, "\n\n")
	if !ok {
		return nil, fmt.Errorf("builtin: %s has no body", id)
	}
	t := &Text{ID: id, Language: "en"}
	for line := range strings.Lines(head) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if err := t.set(key, value); err != nil {
			return nil, fmt.Errorf("builtin: %s: %q: %w", id, line, err)
		}
	}
	for heading, part := range parts(body) {
		switch heading {
		case "Description":
			t.Description = part
		case "Impact":
			t.Impact = part
		case "Recommendation":
			t.Recommendation = part
		case "References":
			for line := range strings.Lines(part) {
				t.References = append(t.References, strings.TrimPrefix(strings.TrimSpace(line), "- "))
			}
		default:
			return nil, fmt.Errorf("builtin: %s: nobody knows the part %q", id, heading)
		}
	}
	return t, nil
}

func (t *Text) set(key, value string) error {
	switch key {
	case "name":
		t.Name = value
	case "title":
		t.Title = value
	case "category":
		t.Category = value
	case "risk":
		t.RiskLevel = value
	case "cvss":
		t.CVSS = value
	case "cwe":
		n, err := strconv.ParseInt(value, 10, 32)
		t.CWE = int32(n)
		return err
	default:
		return errors.New("nobody knows this")
	}
	return nil
}

// parts are what stands below each heading "# …". Code is left as it is.
func parts(body string) map[string]string {
	out := map[string]string{}
	heading, code, open := "", false, false // open: the line before can be gone on with
	var b strings.Builder
	end := func() {
		if text := strings.Trim(b.String(), "\n"); heading != "" || text != "" {
			out[heading] = text
		}
		b.Reset()
	}
	for line := range strings.Lines(body) {
		line = strings.TrimRight(line, "\r\n")
		fence := strings.HasPrefix(line, "```")
		if name, ok := strings.CutPrefix(line, "# "); ok && !code {
			end()
			heading, open = name, false
			continue
		}
		text := strings.TrimSpace(line)
		block := text == "" || fence || strings.HasPrefix(text, "|") || strings.HasPrefix(text, "- ")
		if open && !block && !code {
			b.WriteString(" " + text)
			continue
		}
		b.WriteString("\n" + line)
		code = code != fence
		open = !code && !fence && text != "" && !strings.HasPrefix(text, "|")
	}
	end()
	return out
}
