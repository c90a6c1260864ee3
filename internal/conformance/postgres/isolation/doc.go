// Package isolation runs the specs of PostgreSQL's isolation suite: sessions whose
// steps are interleaved as permutations say, with those that wait for a lock seen to
// wait. What it prints of a permutation is what isolationtester prints
// (src/test/isolation/isolationtester.c), whose rules the names here follow.
//
// It knows the suite's language and a connection, nothing of orbit. spec.go reads,
// run.go runs a permutation, session.go is one connection's side of it.
package isolation
