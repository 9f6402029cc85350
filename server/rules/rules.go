// Package rules holds the rules of the house as tests: they range over every method, route, entity and file, so that
// what forgets one of them fails.
package rules
