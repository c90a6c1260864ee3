// Package version says which orbit this is. Release builds set Version; others
// take it from the module's build information. It imports nothing of orbit.
package version

import "runtime/debug"

// Version is set by the linker in release builds.
var Version = ""

// String is the version, such as 0.1.0 or dev.
func String() string {
	if Version != "" {
		return Version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

// Commit is the revision that was built, "" if unknown.
func Commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return ""
}
