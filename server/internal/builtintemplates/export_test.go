package builtintemplates

// Of are the templates of another release.
func Of(texts []*Text) Kind { return Kind{texts} }
