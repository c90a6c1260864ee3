package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// measurePostgres compares with PostgreSQL: pgbench with 8 clients, select-only
// and TPC-B, each in two protocol modes.
func measurePostgres(ctx context.Context, o *options, dir string) error {
	theirs, theirPort, err := startPostgres(ctx, filepath.Join(dir, "postgres"))
	if err != nil {
		return err
	}
	defer theirs.stop()
	ours, _, ourPort, err := startOrbit(ctx, o, filepath.Join(dir, "orbit-sql"))
	if err != nil {
		return err
	}
	defer ours.stop()
	for _, port := range []string{theirPort, ourPort} {
		if _, err := pgbench(ctx, port, "-i", "-q", "-s", strconv.Itoa(o.scale)); err != nil {
			return err
		}
	}
	t := newTable()
	for round := range o.rounds {
		for _, script := range []string{"select-only", "tpcb-like"} {
			for _, mode := range []string{"prepared", "simple"} {
				for _, side := range []struct {
					into map[string][]figure
					port string
				}{{t.ours, ourPort}, {t.other, theirPort}} {
					rate, err := pgbench(ctx, side.port, "-n", "-b", script, "-M", mode, "-c", "8", "-j", "1", "-T", strconv.Itoa(o.seconds))
					if err != nil {
						return err
					}
					t.add(side.into, []figure{{name: script + " " + mode, rate: rate}})
				}
			}
		}
		fmt.Fprintf(os.Stderr, "postgres: round %d of %d done\n", round+1, o.rounds)
	}
	fmt.Printf("### pgbench: scale %d, 8 clients; orbit %s, PostgreSQL with its default durability\n\n", o.scale, o.sqlDurability)
	t.print("PostgreSQL")
	return nil
}

var tps = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench runs pgbench once and returns its transactions per second, 0 for an
// initialisation.
func pgbench(ctx context.Context, port string, args ...string) (float64, error) {
	bin, err := postgresBin()
	if err != nil {
		return 0, err
	}
	args = append([]string{"-h", "127.0.0.1", "-p", port, "-U", "postgres"}, append(args, "postgres")...)
	out, err := exec.CommandContext(ctx, filepath.Join(bin, "pgbench"), args...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench %v: %w\n%s", args, err, out)
	}
	m := tps.FindSubmatch(out)
	if m == nil {
		return 0, nil
	}
	return strconv.ParseFloat(string(m[1]), 64)
}
