// Package config is orbit's one configuration: what each setting is called, its
// default, what values it takes, and where its effective value came from.
//
// A flag wins over an ORBIT_* environment variable, that over a mode that the data
// directory remembers, that over the file, that over the default. It imports storage
// for the names of the durability levels, and datadir for the modes.
// Start at settings.go, the table everything else is derived from.
package config
