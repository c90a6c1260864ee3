package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

// options are the flags.
type options struct {
	rounds          int
	only            string
	requests        int
	seconds         int
	scale           int
	redisDurability string
	sqlDurability   string
	all             bool
	orbit           string
	elements        int
	stringBytes     int
	match           string
}

func main() {
	var o options
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; the median of each figure is shown")
	flag.StringVar(&o.only, "only", "", "redis, postgres, redis-large, redis-collections, redis-expiry or redis-files; the first two if empty")
	flag.IntVar(&o.requests, "n", 200_000, "requests of one redis-benchmark run")
	flag.IntVar(&o.seconds, "T", 10, "seconds of one pgbench run")
	flag.IntVar(&o.scale, "s", 10, "scale of the pgbench database")
	flag.StringVar(&o.redisDurability, "redis-durability", "everysec", "orbit's durability for Redis")
	flag.StringVar(&o.sqlDurability, "postgres-durability", "always", "orbit's durability for PostgreSQL")
	flag.BoolVar(&o.all, "all", false, "every default test of redis-benchmark, not only SET and GET")
	flag.StringVar(&o.orbit, "orbit", "", "the orbit to measure; built if empty")
	flag.IntVar(&o.elements, "elements", 1_000_000, "elements of the large collections, keys of redis-expiry and redis-files")
	flag.IntVar(&o.stringBytes, "string", 64<<20, "redis-large: bytes of a large string")
	flag.StringVar(&o.match, "match", "", "redis-collections: which commands, a regular expression; all if empty")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, o *options) error {
	dir, err := os.MkdirTemp("", "orbit-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	if o.orbit == "" {
		o.orbit = filepath.Join(dir, "orbit")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", o.orbit, "github.com/orbit-server/orbit/cmd/orbit")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return fmt.Errorf("build orbit: %w", err)
		}
	}
	if o.only == "redis-large" {
		return measureLarge(ctx, o, dir)
	}
	if o.only == "redis-collections" {
		return measureCollections(ctx, o, dir)
	}
	if o.only == "redis-files" {
		return measureFiles(ctx, o, dir)
	}
	if o.only == "redis-expiry" {
		return measureExpiry(ctx, o, dir)
	}
	if o.only != "postgres" {
		if err := measureRedis(ctx, o, dir); err != nil {
			return err
		}
	}
	if o.only != "redis" {
		return measurePostgres(ctx, o, dir)
	}
	return nil
}

// figure is one measured line: what, how many requests or transactions per second,
// and the processor time that the server used for each, 0 if it was not measured.
// The time hardly depends on what else the machine does, as the rate does.
type figure struct {
	name string
	rate float64
	cpu  time.Duration
}

// table collects figures of two servers over the rounds and shows medians.
type table struct {
	order       []string
	ours, other map[string][]figure
}

func newTable() *table {
	return &table{ours: map[string][]figure{}, other: map[string][]figure{}}
}

func (t *table) add(into map[string][]figure, figures []figure) {
	for _, f := range figures {
		if !slices.Contains(t.order, f.name) {
			t.order = append(t.order, f.name)
		}
		into[f.name] = append(into[f.name], f)
	}
}

// print shows a Markdown table: medians, with the range of the ratio pair by pair.
func (t *table) print(other string) {
	fmt.Printf("| test | orbit /s | %s /s | ratio | lowest–highest | processor time |\n|---|---|---|---|---|---|\n", other)
	for _, name := range t.order {
		a, b := t.ours[name], t.other[name]
		if len(a) == 0 || len(a) != len(b) {
			fmt.Printf("| %s | – | – | – | measured %d and %d times | |\n", name, len(a), len(b))
			continue
		}
		var ours, theirs, ratios, cpu []float64
		for i := range a {
			ours, theirs, ratios = append(ours, a[i].rate), append(theirs, b[i].rate), append(ratios, a[i].rate/b[i].rate)
			if a[i].cpu > 0 && b[i].cpu > 0 {
				cpu = append(cpu, float64(a[i].cpu)/float64(b[i].cpu))
			}
		}
		times := "–"
		if len(cpu) > 0 {
			times = fmt.Sprintf("%.2f", median(cpu))
		}
		fmt.Printf("| %s | %.0f | %.0f | %.2f | %.2f–%.2f | %s |\n", name, median(ours), median(theirs), median(ratios),
			slices.Min(ratios), slices.Max(ratios), times)
	}
	fmt.Println()
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if len(s)%2 == 1 {
		return s[len(s)/2]
	}
	return (s[len(s)/2-1] + s[len(s)/2]) / 2
}
