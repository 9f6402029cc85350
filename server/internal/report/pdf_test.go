package report

import (
	"runtime"
	"testing"
	"time"
)

func TestFew(t *testing.T)     { made(t, "few", fewFindings()) }
func TestEmpty(t *testing.T)   { made(t, "empty", plainInput()) }
func TestGerman(t *testing.T)  { made(t, "german", germanInput()) }
func TestForeign(t *testing.T) { made(t, "foreign", foreignInput()) }
func TestHostile(t *testing.T) { made(t, "hostile", hostileInput()) }
func TestMany(t *testing.T) {
	in := manyFindings(250, 20)
	runtime.GC()
	begin := time.Now()
	b := made(t, "many", in)
	t.Log(time.Since(begin), len(b))
}
