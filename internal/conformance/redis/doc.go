// Command redis runs Redis's own Tcl suite, from Debian's source package,
// against orbit in the suite's external-server mode and keeps the score per unit.
//
// A test counts when redis-server itself passes it under the same flags: the
// baseline in docs/conformance/redis-baseline.json. The suite is fetched into the
// user's cache and never committed. `make conformance-redis` runs it; with
// -check it fails when a unit's score is below the one checked in.
package main
