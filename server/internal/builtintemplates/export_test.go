package builtintemplates

import (
	"context"
)

// BringTexts is Bring with the texts of another release.
func BringTexts(ctx context.Context, texts []*Text) error { return bring(ctx, texts) }
