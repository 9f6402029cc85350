package fault_test

import (
	"slices"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

func TestRulesAreNamedByTheirMessages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err    *fault.Error
		field  string
		id     string
		values []string
	}{
		{fault.Invalid("name", "must not be empty"), "name", "must_not_be_empty", nil},
		{fault.Invalid("password", "must have at least %d characters", 14), "password", "must_have_at_least_characters", []string{"14"}},
		{fault.Invalid("kinds", "there is no kind %.100q to search", "x"), "kinds", "there_is_no_kind_to_search", []string{"x"}},
		{fault.Invalid("to_id", "an incident can't be a part of itself"), "to_id", "an_incident_can_t_be_a_part_of_itself", nil},
		{fault.Invalid("name", "%s", "must not be empty"), "name", "must_not_be_empty", nil},
		{fault.InvalidFields(map[string]string{"zone": `"Mars" is not a time zone`}), "zone", "is_not_a_time_zone", []string{"Mars"}},
		{fault.Exists("email", "has an account already"), "email", "has_an_account_already", nil},
		{fault.InvalidFields(map[string]string{"a": "must be a time", "b": "100% of it"}), "a", "must_be_a_time", nil},
		{fault.InvalidFields(map[string]string{"a": "must be a time", "b": "100% of it"}), "b", "100_of_it", nil},
	} {
		if got := c.err.Rule(c.field); got.ID != c.id || !slices.Equal(got.Values, c.values) {
			t.Errorf("%q: %+v, want %s %v", c.err.Message, got, c.id, c.values)
		}
	}
}
