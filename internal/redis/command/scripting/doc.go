// Package scripting is the commands that run Lua: EVAL and its kin, SCRIPT,
// FUNCTION and FCALL. The engine is package script's; here is what ties it to
// commands: arguments, what a script may call, and how libraries are stored.
//
// A script runs alone: its commands are Exclusive. Start at eval.go and host.go.
package scripting
