// Package scripting is SCRIPT and FUNCTION as far as a server without a script
// engine can tell the truth: there are no scripts and no libraries, they cannot
// be loaded, and forgetting all of them succeeds.
package scripting
