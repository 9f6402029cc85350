// Command newroom makes a room that works: contract, entity, room, tests, sample requests, and its pages in the web
// client. Then it has everything generated, drafts the migrations, and says what remains to be written by hand.
//
//	go tool task new -- zones Zone --permission assets --german Zone,Zonen
package main

import (
	"bytes"
	"embed"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// room is what the templates are filled with.
type room struct {
	Module string
	// Word is "servicerequests", Entity "ServiceRequest", Entities "ServiceRequests"; Snake, Camel and Lower are the
	// entity as in service_request, serviceRequest and servicerequest.
	Word, Entity, Entities, Snake, Camel, Lower string
	// One, An and Many are English: "service request", "a service request", "service requests"; TitleOne and Title
	// begin a sentence.
	One, An, Many, TitleOne, Title string
	GermanOne, GermanMany          string
	// Permission is the family of permissions.
	Permission string
	// Registry tells that an entity says by itself that it is a record.
	Registry bool
}

// files are the templates and where they go, by a room.
var files = []struct{ from, to string }{
	{"contract.proto", "proto/holdfast/[[.Word]]/v1/[[.Word]].proto"},
	{"schema.go", "ent/schema/[[.Snake]].go"},
	{"room.go", "server/[[.Word]]/room.go"},
	{"service.go", "server/[[.Word]]/[[.Word]].go"},
	{"service_test.go", "server/[[.Word]]/[[.Word]]_test.go"},
	{"samples_test.go", "server/rules/samples_[[.Word]]_test.go"},
	{"feature.ts", "web/src/features/[[.Word]]/feature.ts"},
	{"list.tsx", "web/src/features/[[.Word]]/list.tsx"},
	{"detail.tsx", "web/src/features/[[.Word]]/detail.tsx"},
	{"form.tsx", "web/src/features/[[.Word]]/form.tsx"},
	{"status.tsx", "web/src/features/[[.Word]]/status.tsx"},
	{"words.ts", "web/src/features/[[.Word]]/words.ts"},
}

func main() {
	log.SetFlags(0)
	root := flag.String("root", ".", "the top of the project")
	flag.CommandLine.Init("new", flag.ContinueOnError)
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: go tool task new -- WORD ENTITY [--permission FAMILY] [--german ONE,MANY]   (zones Zone --permission assets)")
	}
	permission := flag.String("permission", "", "the family of permissions; the room's word without it")
	german := flag.String("german", "", "what one and many are called in German")
	names := arguments()
	if len(names) != 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(*root, names[0], names[1], *permission, *german); err != nil {
		log.Fatal("new: ", err)
	}
}

// arguments are those that are no flags, wherever they stand.
func arguments() (names []string) {
	rest := os.Args[1:]
	for {
		if err := flag.CommandLine.Parse(rest); err != nil {
			os.Exit(2)
		}
		rest = flag.Args()
		if len(rest) == 0 {
			return names
		}
		names, rest = append(names, rest[0]), rest[1:]
	}
}

func run(root, word, entity, permission, german string) error {
	r, err := named(word, entity, permission, german)
	if err != nil {
		return err
	}
	registry, err := os.ReadFile(filepath.Join(root, "ent/rule/rule.go"))
	if err != nil {
		return err
	}
	r.Registry = regexp.MustCompile(`\bRecord +bool\b|\bRecord, .*bool\b`).Match(registry)
	made := make([]string, len(files))
	for i, f := range files {
		to, err := fill(f.to, r)
		if err != nil {
			return err
		}
		made[i] = string(to)
		if _, err := os.Stat(filepath.Join(root, made[i])); err == nil {
			return fmt.Errorf("%s exists already", made[i])
		}
	}
	for i, f := range files {
		if err := write(root, f.from, made[i], r); err != nil {
			return err
		}
	}
	if err := register(root, r); err != nil {
		return err
	}
	steps := [][]string{{".ci/generate"}}
	if server := os.Getenv("HOLDFAST_TEST_POSTGRES"); server != "" {
		steps = append(steps, []string{".ci/go", "run", "./ent/migrate/draft", "add_" + word, server})
	}
	for _, step := range steps {
		fmt.Println("==", strings.Join(step[:min(len(step), 4)], " "))
		c := exec.Command(step[0], step[1:]...) //nolint:gosec // the project's own scripts
		c.Dir, c.Stdout, c.Stderr = root, os.Stdout, os.Stderr
		if err := c.Run(); err != nil {
			return fmt.Errorf("%s: %w", step[0], err)
		}
	}
	fmt.Printf("\nThe room %s works. Now say what is special about it: its fields in %s and %s, fill and messages in\n%s, columns and words in web/src/features/%s, and what else it can do. "+
		"Where others than Administrators\nshould have its permissions, give them in server/roles.go. Then: go tool task gen, go tool task db:diff, go tool task test.\n",
		word, made[0], made[1], made[3], word)
	return nil
}

// named finds the forms of a room's names.
func named(word, entity, permission, german string) (*room, error) {
	if !regexp.MustCompile(`^[a-z][a-z0-9]*$`).MatchString(word) {
		return nil, fmt.Errorf("%q is no word: lower-case letters and digits only", word)
	}
	if !regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`).MatchString(entity) {
		return nil, fmt.Errorf("%q is no entity: such as ServiceRequest", entity)
	}
	r := &room{Module: "github.com/holdfast-platform/holdfast", Word: word, Entity: entity, Permission: permission, Entities: entity + "s"}
	if permission == "" {
		r.Permission = word
	}
	for _, many := range []string{entity, entity + "s", entity + "es", strings.TrimSuffix(entity, "y") + "ies"} {
		if strings.EqualFold(many, word) {
			r.Entities = many
		}
	}
	if r.Entities == entity {
		return nil, errors.New("the word must be the plural of the entity")
	}
	parts := regexp.MustCompile(`[A-Z]+[a-z0-9]*`).FindAllString(entity, -1)
	for i, p := range parts {
		parts[i] = strings.ToLower(p)
	}
	r.Snake, r.Lower, r.One = strings.Join(parts, "_"), strings.Join(parts, ""), strings.Join(parts, " ")
	r.Camel = strings.ToLower(entity[:1]) + entity[1:]
	r.Many = r.One + strings.TrimPrefix(r.Entities, entity)
	if !strings.HasPrefix(r.Entities, entity) { // y becomes ies
		r.Many = strings.TrimSuffix(r.One, "y") + "ies"
	}
	r.An = "a " + r.One
	if slices.Contains([]byte("aeiou"), r.One[0]) {
		r.An = "an " + r.One
	}
	title := func(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
	r.TitleOne, r.Title = title(r.One), title(r.Many)
	r.GermanOne, r.GermanMany = r.TitleOne, r.Title
	if german != "" {
		one, many, ok := strings.Cut(german, ",")
		if !ok {
			return nil, errors.New("--german needs two words with a comma between: Zone,Zonen")
		}
		r.GermanOne, r.GermanMany = strings.TrimSpace(one), strings.TrimSpace(many)
	}
	return r, nil
}

func fill(text string, r *room) ([]byte, error) {
	t, err := template.New("").Delims("[[", "]]").Parse(text)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, r)
	return out.Bytes(), err
}

func write(root, from, to string, r *room) error {
	text, err := templates.ReadFile("templates/" + from + ".tmpl")
	if err != nil {
		return err
	}
	out, err := fill(string(text), r)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	if strings.HasSuffix(to, ".go") {
		if out, err = format.Source(out); err != nil {
			return fmt.Errorf("%s: %w", to, err)
		}
	}
	file := filepath.Join(root, to)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // source is for everybody
		return err
	}
	fmt.Println("made", to)
	return os.WriteFile(file, out, 0o644) //nolint:gosec // source is for everybody
}

// register adds what tables of existing files must know: the kind's domain, and the routes that the tests compare with.
func register(root string, r *room) error {
	if !r.Registry {
		file := filepath.Join(root, "ent/rule/words.go")
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		head := []byte("var words = map[string]string{\n")
		if bytes.Count(text, head) != 1 {
			return fmt.Errorf("%s has no table of words", file)
		}
		text = bytes.Replace(text, head, fmt.Appendf(head, "\t%q: %q,\n", r.Snake, r.Permission), 1)
		if text, err = format.Source(text); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil { //nolint:gosec // source is for everybody
			return err
		}
	}
	file := filepath.Join(root, "server/rules/testdata/routes.tsv")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, route := range []struct{ verb, path, method, action, status string }{
		{"GET", "", "List" + r.Entities, "read", "200"}, {"POST", "", "Create" + r.Entity, "create", "201"}, {"GET", "/{id}", "Get" + r.Entity, "read", "200"},
		{"PATCH", "/{id}", "Update" + r.Entity, "update", "200"}, {"DELETE", "/{id}", "Delete" + r.Entity, "delete", "204"},
		{"GET", "/{id}/history", "List" + r.Entity + "History", "read", "200"},
	} {
		place := fmt.Sprintf("\t%s\t/api/v1/%s%s\t", route.verb, r.Word, route.path)
		if !bytes.Contains(text, []byte(place)) {
			text = fmt.Appendf(text, "%s\tnew%s%sService.%s\t%s:%s\t%s\tnew\t\t\n", r.Word, place, r.Entity, route.method, r.Permission, route.action, route.status)
		}
	}
	return os.WriteFile(file, text, 0o644) //nolint:gosec // source is for everybody
}
