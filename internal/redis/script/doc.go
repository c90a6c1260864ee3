// Package script is the Lua 5.1 engine behind EVAL and FCALL: it compiles,
// caches and runs scripts and libraries of functions, with redis-server's API,
// its cjson, cmsgpack, struct and bit, its protection of globals and its error
// texts. It knows no commands: a Host runs them for it. It imports resp and
// gopher-lua. Start at engine.go, then vm.go.
package script
