// Package session is one SQL connection without its transport: settings,
// prepared statements, portals, transaction status, the plan cache, and the
// dispatch of statements to plan and exec, to ddl, or to its own commands
// (BEGIN, SET, COPY, …).
//
// wire drives it; it never sees a socket. Start at session.go.
package session
