package fault

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Rule is what a field of a request does not keep, for programs: clients say it in their people's language by it.
type Rule struct {
	// ID is the contract's own id, such as "string.max_len", or the words of our message, such as
	// "must_have_at_least_characters".
	ID string
	// Values are what the rule asks for, in the order of the message, such as "100".
	Values []string
}

// Rule is the rule that a field breaks.
func (e *Error) Rule(field string) Rule {
	if r, ok := e.Rules[field]; ok {
		return r
	}
	return spelled(e.Fields[field])
}

// verb is a place in a format that a value fills.
var verb = regexp.MustCompile(`%[-+# 0]*[0-9]*(\.[0-9]+)?[a-zA-Z]`)

// quoted is a value that a message names, where it was filled in before.
var quoted = regexp.MustCompile(`"[^"]*"`)

// spelled names a rule by the words of its message, without what is filled in.
func spelled(format string, args ...any) Rule {
	if format == "%s" { // a message of somebody else's
		return spelled(fmt.Sprint(args...))
	}
	r := Rule{}
	if len(args) > 0 {
		format = verb.ReplaceAllString(format, " ")
	}
	for _, a := range args {
		r.Values = append(r.Values, fmt.Sprint(a))
	}
	format = quoted.ReplaceAllStringFunc(format, func(value string) string {
		r.Values = append(r.Values, value[1:len(value)-1])
		return " "
	})
	r.ID = strings.Join(strings.FieldsFunc(strings.ToLower(format), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }), "_")
	return r
}
