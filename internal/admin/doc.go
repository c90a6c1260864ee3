// Package admin is orbit's own door: HTTP and JSON over a unix socket in the
// data directory, and on a TCP address if one is configured. It answers whether
// the server lives and is ready, what it does (status, Prometheus metrics), and lets
// the data directory's owner speak both protocols; its client serves the command line
// and the terminal UI. Whoever opened the directory without a server asks itself in
// the same way (Local).
//
// It imports storage for the statistics it shows and reaches the running server
// only through Source. Start at server.go; status.go is the JSON contract.
package admin
