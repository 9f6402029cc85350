package main

import "testing"

// TestDropProgramPages is not parallel: other tests would bring pages back.
func TestDropProgramPages(t *testing.T) {
	resident := func() (kib int64) {
		for _, m := range programMappings() {
			if m.clean {
				kib += m.resident
			}
		}
		return kib
	}
	before := resident()
	dropProgramPages()
	if after := resident(); before == 0 || after > before/2 {
		t.Errorf("%d KiB of the program were in memory, and then %d", before, after)
	}
}
