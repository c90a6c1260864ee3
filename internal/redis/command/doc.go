// Package command holds what every Redis command shares: its spec, the registry
// that COMMAND, the docs page and the dispatcher all read, the context a handler
// runs in, and redis-server's error texts.
//
// The commands themselves live in one package per group below this one (string,
// generic, hash, …), a file per command or close family, and register their
// specs from init-free tables that package all collects. Handlers may use
// keyspace and resp; they never know the transport. Start at command.go.
package command
