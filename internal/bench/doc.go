// Command bench measures orbit side by side with redis-server and PostgreSQL on
// this machine: the same client, in turn, several rounds, medians and ratios.
//
// It starts all servers itself on loopback ports of the kernel's choice, in
// temporary directories, and ends them. `make bench` runs it; docs/BENCHMARKS.md
// holds results. Start at main.go.
package main
