//go:build ignore

// Command gen writes gen/ent from ent/schema. It works from an empty gen/, because schema imports only rule and viewer,
// and those only ent's own library.
package main

import (
	"bytes"
	"fmt"
	"log"
	"os"

	"entgo.io/ent/entc"
	"entgo.io/ent/entc/gen"
)

func main() {
	err := entc.Generate("./schema", &gen.Config{
		Target:    "../gen/ent",
		Package:   "github.com/holdfast-platform/holdfast/gen/ent",
		Features:  []gen.Feature{gen.FeaturePrivacy, gen.FeatureIntercept, gen.FeatureVersionedMigration},
		Templates: []*gen.Template{gen.MustParse(gen.NewTemplate("holdfast").ParseFiles("guards.tmpl", "client.tmpl", "runtime.tmpl", "fastscan.tmpl"))},
	})
	if err == nil {
		// It asks for the client's own migrations, which ours does without: tests open a database by db's.
		err = os.RemoveAll("../gen/ent/enttest")
	}
	if err == nil {
		err = fastScan("../gen/ent/ent.go")
	}
	if err != nil {
		log.Fatal(err)
	}
}

// fastScan lets queries of whole records go by fastscan.tmpl, for which the generator has no place of its own.
func fastScan(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, swap := range [][2]string{
		{"Q interface {\n\tsqlAll(context.Context, ...queryHook) (V, error)\n}]() Querier {", "Q whole[V]]() Querier {"},
		{"return query.sqlAll(ctx)\n", "return all[V](ctx, query)\n"},
	} {
		if bytes.Count(text, []byte(swap[0])) != 1 {
			return fmt.Errorf("%s: %q is not there once", file, swap[0])
		}
		text = bytes.Replace(text, []byte(swap[0]), []byte(swap[1]), 1)
	}
	return os.WriteFile(file, text, 0o644)
}
