// Package rdb is redis-server's serialization: of one value, as DUMP gives and
// RESTORE takes it, and of whole files.
//
// It knows bytes only and imports nothing of this project; package dataset joins
// it to the keyspace. Start at object.go. encode.go writes values, compact.go and
// listpack.go in the forms that redis-server keeps small ones in, encodestream.go
// streams; file.go writes files. decode.go and packed.go read the values of
// redis-server 2.6 to 7.2.
package rdb
