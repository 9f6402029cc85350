//go:build ignore

// Command gen writes gen/ent from ent/schema. It works from an empty gen/, because schema imports only rule and viewer, and those
// only ent's own library.
package main

import (
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
		Templates: []*gen.Template{gen.MustParse(gen.NewTemplate("holdfast").ParseFiles("guards.tmpl", "client.tmpl", "runtime.tmpl"))},
	})
	if err == nil {
		// It asks for the client's own migrations, which ours does without: tests open a database by db's.
		err = os.RemoveAll("../gen/ent/enttest")
	}
	if err != nil {
		log.Fatal(err)
	}
}
