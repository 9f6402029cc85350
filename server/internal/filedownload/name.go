package filedownload

import (
	"fmt"
	"strings"
)

// Disposition is the header that has a file saved by its name: the plain form for old programs, and the one of RFC
// 8187.
func Disposition(name string) string {
	plain := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune(`"\%;`, c) {
			return '_'
		}
		return c
	}, name)
	var long strings.Builder
	for i := range len(name) {
		if c := name[i]; 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0 {
			long.WriteByte(c)
		} else {
			fmt.Fprintf(&long, "%%%02X", c)
		}
	}
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, plain, long.String())
}
