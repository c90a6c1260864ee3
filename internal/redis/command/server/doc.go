// Package server is the commands about the server: COMMAND, CONFIG, INFO, the
// logs, saving and flushing, and the parts of ACL, DEBUG and MEMORY that exist.
// A file per command or close family; specs.go lists them.
package server
