package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/orbit-server/orbit/internal/conformance/harness"
)

// Files that the scores are kept in.
const (
	baselineFile = "docs/conformance/redis-baseline.json"
	reasonFile   = "docs/conformance/redis-reasons.json"
	pageFile     = "docs/conformance/REDIS.md"
)

// scoreFiles are where the scores of each mode are kept.
var scoreFiles = map[string]string{
	persistent: "docs/conformance/redis.json",
	actor:      "docs/conformance/redis-actor.json",
}

// The modes that the suite is run in.
const (
	persistent = "persistent"
	actor      = "actor"
)

// quick is a selection of units that takes three minutes and depends little on the
// machine's speed: what CI runs.
const quick = "unit/bitfield,unit/bitops,unit/dump,unit/geo,unit/hyperloglog,unit/info-command,unit/keyspace,unit/lazyfree,unit/protocol," +
	"unit/scan,unit/sort,unit/type/hash,unit/type/incr,unit/type/list,unit/type/set,unit/type/string,unit/type/zset"

type options struct {
	mode     string
	units    string
	quick    bool
	suite    string
	baseline bool
	check    bool
	write    bool
	verbose  bool
	limit    time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.mode, "mode", persistent, "where orbit keeps its data: persistent or actor")
	flag.StringVar(&o.units, "units", "", "units to run, separated by commas; all in the baseline if empty")
	flag.StringVar(&o.suite, "suite", "", "directory of an unpacked Redis source; fetched if empty")
	flag.BoolVar(&o.quick, "quick", false, "run a selection that takes three minutes")
	flag.BoolVar(&o.baseline, "baseline", false, "run redis-server instead and write what it passes")
	flag.BoolVar(&o.check, "check", false, "fail when a unit scores less than what is checked in")
	flag.BoolVar(&o.write, "write", false, "write the scores")
	flag.BoolVar(&o.verbose, "v", false, "show the suite's output of failing tests")
	flag.DurationVar(&o.limit, "timeout", 5*time.Minute, "time for one unit")
	flag.Parse()
	if o.quick {
		o.units = quick
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

// unitResult is what one server passed of a unit, test names sorted; a name that
// the unit uses twice stands twice.
type unitResult struct {
	Passed []string `json:"passed"`
	Failed []string `json:"failed,omitempty"`
	// Ended says why the unit stopped before its end, "" if it did not.
	Ended string `json:"ended,omitempty"`
}

func run(ctx context.Context, o *options) error {
	scoreFile := scoreFiles[o.mode]
	if scoreFile == "" {
		return fmt.Errorf("no mode %q: -mode %s or %s", o.mode, persistent, actor)
	}
	if o.suite == "" {
		var err error
		if o.suite, err = fetchSuite(ctx); err != nil {
			return err
		}
	}
	if err := linkTools(o.suite); err != nil {
		return err
	}
	orbit := ""
	if !o.baseline {
		var err error
		if orbit, err = harness.BuildOrbit(ctx); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(filepath.Dir(orbit)) }()
	}
	baseline := map[string]unitResult{}
	if err := harness.ReadJSON(baselineFile, &baseline); err != nil && !(o.baseline && errors.Is(err, os.ErrNotExist)) {
		return err
	}
	units, err := chooseUnits(o, baseline)
	if err != nil {
		return err
	}
	scores := map[string]score{}
	if err := harness.ReadJSON(scoreFile, &scores); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	results := map[string]unitResult{}
	for _, unit := range units {
		r, err := runUnit(ctx, o, orbit, unit)
		if err == nil && o.check && less(r, baseline[unit], scores[unit]) {
			// Some tests wait for a fixed time, which a busy machine may need.
			r, err = runUnit(ctx, o, orbit, unit)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", unit, err)
		}
		results[unit] = r
		if o.baseline {
			fmt.Printf("%-28s %4d passed %3d failed %s\n", unit, len(r.Passed), len(r.Failed), r.Ended)
		} else {
			fmt.Printf("%-28s %s\n", unit, describe(r, baseline[unit]))
		}
	}
	if o.baseline {
		for unit, r := range results {
			baseline[unit] = r
		}
		return harness.WriteJSON(baselineFile, baseline)
	}
	return settle(o, results, baseline, scores)
}

// chooseUnits lists the units named, or those of the suite (to make a baseline),
// or those of the baseline that redis-server passes anything of.
func chooseUnits(o *options, baseline map[string]unitResult) ([]string, error) {
	if o.units != "" {
		return strings.Split(o.units, ","), nil
	}
	var units []string
	if o.baseline {
		for _, pattern := range []string{"unit/type/*.tcl", "unit/*.tcl"} {
			files, err := filepath.Glob(filepath.Join(o.suite, "tests", pattern))
			if err != nil {
				return nil, err
			}
			for _, f := range files {
				if filepath.Base(f) != "list-common.tcl" {
					units = append(units, strings.TrimSuffix(strings.TrimPrefix(f, filepath.Join(o.suite, "tests")+"/"), ".tcl"))
				}
			}
		}
		return units, nil
	}
	for unit, r := range baseline {
		if len(r.Passed) > 0 {
			units = append(units, unit)
		}
	}
	slices.Sort(units)
	return units, nil
}

// runUnit runs one unit against a fresh server.
func runUnit(ctx context.Context, o *options, orbit, unit string) (unitResult, error) {
	server, port, err := startServer(ctx, orbit, o.mode)
	if err != nil {
		return unitResult{}, err
	}
	defer server.stop()
	// The suite's own server listens 32 ports below the base; with one of its own
	// several runs may go on at once.
	own, err := harness.FreePort()
	if err != nil {
		return unitResult{}, err
	}
	base, err := strconv.Atoi(own)
	if err != nil {
		return unitResult{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "tclsh", "tests/test_helper.tcl", "--host", "127.0.0.1", "--port", port,
		"--baseport", strconv.Itoa(base+32), "--single", unit, "--durable", "--clients", "1", "--no-latency")
	cmd.Dir = o.suite
	// The suite starts processes of its own: the time limit ends all of them.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	r := parse(string(out), o.verbose)
	if len(r.Passed)+len(r.Failed) == 0 && r.Ended == "" && o.verbose {
		fmt.Printf("    no test ran:\n%s\n", out)
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		r.Ended = "time limit"
	case err != nil && !errors.As(err, &exit):
		return r, err
	}
	return r, nil
}
