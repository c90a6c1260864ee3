package builtin

// registered are the functions that packages above added.
var registered []*Function

// Register adds functions that pg_proc.tsv does not list, under OIDs of their
// own. It must be called from init.
func Register(fns ...*Function) { registered = append(registered, fns...) }
