// Command postgres runs PostgreSQL's own regression suite and isolation suite,
// from Debian's source package of PostgreSQL 15, against orbit and keeps the score
// per file.
//
// A regression file goes to psql as pg_regress sends it, one file after the other in
// the schedule's order over one server and one database. Its output and the expected
// one are cut into what belongs to each statement, and a statement counts when the
// two are the same, blanks aside (pg_regress compares with diff -w). Where a file has
// several expected outputs, the one that fits best counts, for the whole file. A score
// is of all statements that PostgreSQL itself runs in the file, in
// docs/conformance/postgres-baseline.json; those that an unfinished file never came
// to have failed.
//
// The isolation suite's specs are run by package isolation, and count by permutation.
//
// The suite is fetched into the user's cache and never committed.
// `make conformance-postgres` runs it; with -check it fails when a file's score is
// below the one checked in.
//
// Start reading at main.go; script.go is how a script is cut up.
package main
