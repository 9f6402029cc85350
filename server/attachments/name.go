package attachments

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longestName is how many bytes a name has at most, longestEnding its part after the last dot.
const (
	longestName   = 180
	longestEnding = 20
)

// clean makes a file's name of what a caller has called it: the last part of a path, in one line, without characters
// that turn the direction of reading or hide, without those that a file system refuses, and not a name that Windows
// keeps for its devices. It may become empty.
func clean(name string) string {
	name = strings.ToValidUTF8(name, "")
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = norm.NFC.String(strings.Map(allowed, name))
	name = strings.Trim(strings.Join(strings.Fields(name), " "), " .")
	name = cut(name)
	base, _, _ := strings.Cut(name, ".")
	if slices.Contains(devices, strings.ToUpper(strings.TrimSpace(base))) {
		name = "_" + name
	}
	return name
}

// allowed is a character as it may stand in a name; -1 leaves it out.
func allowed(c rune) rune {
	switch {
	case c == '\u200c', c == '\u200d': // they join and part letters, in Persian and in emoji
		return c
	case unicode.IsSpace(c):
		return ' '
	case unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Noncharacter_Code_Point, unicode.Variation_Selector), c == utf8.RuneError:
		return -1
	case strings.ContainsRune(`<>:"|?*'`+"`", c):
		return '_'
	}
	return c
}

// devices are names that Windows does not give to files, whatever follows a dot.
var devices = []string{
	"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$", "COM0", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9", "COM¹", "COM²", "COM³",
	"LPT0", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9", "LPT¹", "LPT²", "LPT³",
}

// cut makes an over-long name fit; its ending stays.
func cut(name string) string {
	if len(name) <= longestName {
		return name
	}
	ending := path.Ext(name)
	if len(ending) > longestEnding {
		ending = ""
	}
	head := name[:longestName-len(ending)]
	for head != "" { // not in the middle of a character, nor between one and the marks on it
		c, size := utf8.DecodeLastRuneInString(head)
		next, _ := utf8.DecodeRuneInString(name[len(head):])
		if c == utf8.RuneError && size <= 1 || unicode.Is(unicode.M, next) {
			head = head[:len(head)-size]
			continue
		}
		break
	}
	return strings.TrimRight(head, " .") + ending
}

// named is the name that a file is kept by. Its ending fits what it is, so that nobody opens it as something else:
// "x.exe" that is a picture becomes "x.exe.png".
func named(name string, k *kind) string {
	name = clean(name)
	if name == "" {
		return "file." + k.endings[0]
	}
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	if slices.Contains(k.endings, ending) || k.bare && (ending == "" || slices.Contains(inert, ending)) {
		return name
	}
	return cut(name) + "." + k.endings[0]
}
