package etag

import "testing"

func TestRead(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]int{
		`"1"`: 1, `"1", "2"`: 2, `W/"1" ,"2"`: 2, `"a,b"`: 1, `""`: 1,
		`1`: -1, `"1`: -1, `"1" "2"`: -1, `w/"1"`: -1, ``: -1, `"a b"`: -1, `*, "1"`: -1,
	} {
		l, ok := Read([]string{line})
		if ok != (want >= 0) || ok && len(l.Tags) != want {
			t.Errorf("%s: %v %v", line, l, ok)
		}
	}
	if l, ok := Read([]string{" * "}); !ok || !l.Any {
		t.Error("* is any")
	}
	l, _ := Read([]string{`W/"3", "4"`})
	if l.Has(`"3"`, false) || !l.Has(`"3"`, true) || !l.Has(`"4"`, false) || l.Has(`"04"`, true) {
		t.Errorf("%v", l)
	}
}
