// Package dump writes tables into files and reads them from files, over a connection
// of the PostgreSQL protocol: as a script of SQL that psql runs too, as CSV, Parquet
// and JSON Lines. It knows a server by its catalogs and COPY only, and keeps a bounded
// part of a file in memory.
//
// Start reading at Dump for the way out, at LoadScript and LoadRows for the way in.
package dump
