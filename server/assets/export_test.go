package assets

import "os"

// Small graphs are to be walked both ways; only figures are measured with large ones.
func init() {
	if os.Getenv("FIGURES") == "" {
		few = 20
	}
}
