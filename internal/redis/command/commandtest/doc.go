// Package commandtest runs command lines against a keyspace in memory, and
// against a redis-server where one is installed, for the tests of the command
// groups. Only tests import it. Start at New, then Compare.
package commandtest
