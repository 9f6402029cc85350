// Package ruletest holds what the generated code does at run time against the schema that it was generated from.
package ruletest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"entgo.io/ent"
	"github.com/google/uuid"
)

// Runtime is what the builders use for a field.
type Runtime struct{ Default, UpdateDefault, Validator any }

// texts are tried on both validators.
var texts = []string{"", "x", " ", "\x00", "é", "1", "not a word of any set", strings.Repeat("long ", 1<<16)}

// Same fails the test unless every field of the schema has just the default and the validator that the builders use.
func Same(t *testing.T, schema ent.Interface, runtime map[string]Runtime) {
	t.Helper()
	fields := schema.Fields()
	for _, m := range schema.Mixin() {
		fields = append(fields, m.Fields()...)
	}
	left := maps.Clone(runtime)
	for _, f := range fields {
		d := f.Descriptor()
		name, got := fmt.Sprintf("%T.%s", schema, d.Name), runtime[d.Name]
		delete(left, d.Name)
		if want, got := value(d.Default), value(got.Default); want != got {
			t.Errorf("%s: the default is %v, the schema says %v", name, got, want)
		}
		if want, got := value(d.UpdateDefault), value(got.UpdateDefault); want != got {
			t.Errorf("%s: the default of updates is %v, the schema says %v", name, got, want)
		}
		for _, text := range texts {
			if want, got := refusal(text, d.Validators...), refusal(text, got.Validator); want != got {
				t.Errorf("%s: %.20q is answered by %q, the schema says %q", name, text, got, want)
			}
		}
	}
	if len(left) > 0 {
		t.Errorf("%T: fields that the schema does not have: %v", schema, slices.Sorted(maps.Keys(left)))
	}
}

// value is a default that can be compared: of an id its version.
func value(preset any) any {
	switch preset := preset.(type) {
	case func() time.Time:
		return preset()
	case func() uuid.UUID:
		return fmt.Sprint("an id of version ", preset().Version())
	}
	return preset
}

// refusal is the first validator's error; no answer where it does not take texts.
func refusal(text string, validators ...any) string {
	for _, v := range validators {
		if v == nil {
			continue
		}
		check, ok := v.(func(string) error)
		if !ok {
			return fmt.Sprintf("%T", v)
		}
		if err := check(text); err != nil {
			return err.Error()
		}
	}
	return ""
}
