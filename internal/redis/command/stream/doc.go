// Package stream is the commands on streams: logs of entries with consumer
// groups that read them.
//
// A file per command or close family; specs.go lists them. It may import
// command and keyspace. id.go reads and writes ids; all that reply with entries
// do so through writeEntry in xrange.go.
package stream
