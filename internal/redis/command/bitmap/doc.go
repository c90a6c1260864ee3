// Package bitmap is the commands that see a string as an array of bits.
//
// A file per command; specs.go lists them. It may import command and keyspace.
// Bits are numbered from the most significant bit of the first byte. A write
// stores the whole string again, as the keyspace keeps strings whole: start at
// offset.go for what offsets may be, at field.go for BITFIELD's arithmetic.
package bitmap
