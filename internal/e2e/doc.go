// Package e2e drives the real binary the way its users do: it starts orbit,
// talks to it with go-redis, pgx, redis-cli, redis-benchmark, psql and pgbench,
// kills it, starts it again and looks whether everything is still there.
//
// It holds tests only. Start at orbit_test.go, the harness.
package e2e
