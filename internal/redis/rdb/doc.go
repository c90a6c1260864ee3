// Package rdb is redis-server's serialization of one value, as DUMP gives and
// RESTORE takes it: the RDB encoding of the value, the RDB version, a CRC64.
//
// It knows bytes only and imports nothing of this project. Start at object.go;
// encode.go writes the plain encodings, decode.go and packed.go read those and
// the compact ones of redis-server 2.6 to 7.2.
package rdb
