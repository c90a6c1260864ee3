// Package relocate moves the content of a store into another one while it is in
// use. Store forwards to the present one; nobody above notices when that becomes
// another.
//
// It may import storage and memstore. Start at store.go for what a call costs while
// nothing moves, at move.go for how a move goes.
package relocate
