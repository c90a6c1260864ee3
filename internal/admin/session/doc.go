// Package session opens sessions of both protocols through the admin endpoint, as the
// data directory's owner: what the command line and the terminal UI speak over,
// whether a server runs or not.
//
// It imports admin and the protocols' client sides.
package session
