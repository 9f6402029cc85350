package identity

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Catalogue has every permission that some method of the contract asks for, with those methods. It is read from the
// methods themselves.
var Catalogue = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	add := func(permission string, m protoreflect.MethodDescriptor) {
		if permission != "" {
			out[permission] = append(out[permission], contract.Short(m))
		}
	}
	for _, m := range contract.Methods() {
		add(contract.Access(m).GetPermission(), m)
		add(contract.Access(m).GetAlso(), m)
	}
	return out
})

// Permissions are those of the catalogue, sorted.
func Permissions() []string { return slices.Sorted(maps.Keys(Catalogue())) }

// CheckPermissions refuses what is neither in the catalogue nor a wildcard over some of it.
func CheckPermissions(field string, permissions []string) error {
	for i, p := range permissions {
		if p == "*" || Catalogue()[p] != nil {
			continue
		}
		word, wild := strings.CutSuffix(p, ":*")
		if wild && word != "" && slices.ContainsFunc(Permissions(), func(c string) bool { return strings.HasPrefix(c, word+":") }) {
			continue
		}
		return fault.Invalid(fmt.Sprintf("%s[%d]", field, i), "there is no permission %q", p)
	}
	return nil
}

// MayGrant refuses permissions that are none, and those that the caller does not have: nobody hands on more than they
// hold.
func MayGrant(ctx context.Context, field string, permissions []string) error {
	if err := CheckPermissions(field, permissions); err != nil {
		return err
	}
	if p, ok := coveredBy(viewer.From(ctx).Permissions, permissions); !ok {
		return fault.Denied("beyond_own_permissions", "you do not have %s yourself", p).With("permission", p)
	}
	return nil
}
