package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/conformance/harness"
)

// Files that the scores are kept in.
const (
	baselineFile = "docs/conformance/postgres-baseline.json"
	notesFile    = "docs/conformance/postgres-notes.json"
	pageFile     = "docs/conformance/POSTGRES.md"
)

// scoreFiles are where the scores of each mode are kept.
var scoreFiles = map[string]string{
	persistent: "docs/conformance/postgres.json",
	actor:      "docs/conformance/postgres-actor.json",
}

// The modes that the suites are run in.
const (
	persistent = "persistent"
	actor      = "actor"
)

// quick is a selection whose scores depend neither on the files before it nor on the
// machine's speed: what CI runs.
const quick = "regress/test_setup,regress/boolean,regress/char,regress/name,regress/varchar,regress/text,regress/int2,regress/int4,regress/int8," +
	"regress/oid,regress/float4,regress/float8,regress/bit,regress/numeric,regress/uuid,regress/strings,regress/numerology,regress/date," +
	"regress/time,regress/timetz,regress/timestamp,regress/interval,regress/comments,regress/unicode,regress/delete,regress/select_having," +
	"regress/select_implicit,regress/psql_crosstab,regress/advisory_lock,regress/functional_deps,regress/jsonb," +
	"isolation/nowait,isolation/nowait-2,isolation/nowait-3,isolation/nowait-4,isolation/nowait-5,isolation/skip-locked,isolation/skip-locked-2," +
	"isolation/skip-locked-3,isolation/skip-locked-4,isolation/simple-write-skew,isolation/tuplelock-conflict,isolation/insert-conflict-do-nothing," +
	"isolation/insert-conflict-do-nothing-2,isolation/insert-conflict-do-update,isolation/insert-conflict-do-update-2,isolation/delete-abort-savept," +
	"isolation/delete-abort-savept-2,isolation/lock-update-traversal,isolation/multixact-no-forget,isolation/aborted-keyrevoke"

type options struct {
	mode     string
	files    string
	port     string
	keep     string
	orbit    string
	quick    bool
	baseline bool
	check    bool
	write    bool
	limit    time.Duration
	wait     time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.mode, "mode", persistent, "where orbit keeps its tables: persistent or actor")
	flag.StringVar(&o.files, "files", "", "files to run, such as regress/boolean,isolation/nowait, separated by commas, or regress or isolation; all if empty")
	flag.StringVar(&o.port, "port", "", "the server's port; a free one if empty")
	flag.StringVar(&o.keep, "keep", "", "directory to keep what psql showed in")
	flag.StringVar(&o.orbit, "orbit", "", "the orbit to test, instead of building one")
	flag.BoolVar(&o.quick, "quick", false, "run a selection that takes a minute")
	flag.BoolVar(&o.baseline, "baseline", false, "run PostgreSQL instead and write what it passes")
	flag.BoolVar(&o.check, "check", false, "fail when a file scores less than what is checked in")
	flag.BoolVar(&o.write, "write", false, "write the scores")
	flag.DurationVar(&o.limit, "timeout", time.Minute, "time for one file")
	flag.DurationVar(&o.wait, "step-timeout", 5*time.Second, "time for one step of an isolation spec")
	flag.Parse()
	if o.quick {
		o.files = quick
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, &o); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options) error {
	if scoreFiles[o.mode] == "" {
		return fmt.Errorf("no mode %q: -mode %s or %s", o.mode, persistent, actor)
	}
	s, err := fetchSuite(ctx)
	if err != nil {
		return err
	}
	files, err := chooseFiles(s, o.files)
	if err != nil {
		return err
	}
	orbit := o.orbit
	if orbit == "" && !o.baseline {
		if orbit, err = harness.BuildOrbit(ctx); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(filepath.Dir(orbit)) }()
	}
	results, err := runFiles(ctx, o, s, orbit, files)
	if err != nil {
		return err
	}
	if o.baseline {
		return writeBaseline(results)
	}
	return settle(o, results)
}

// chooseFiles lists all files of both suites in their order, or those that are named.
func chooseFiles(s *suite, names string) ([]string, error) {
	var all []string
	for _, schedules := range []struct{ kind, path string }{
		{"regress/", s.regress + "/parallel_schedule"},
		{"isolation/", s.isolation + "/isolation_schedule"},
	} {
		tests, err := schedule(schedules.path)
		if err != nil {
			return nil, err
		}
		for _, t := range tests {
			all = append(all, schedules.kind+t)
		}
	}
	if names == "" {
		return all, nil
	}
	var chosen []string
	for _, f := range all {
		for name := range strings.SplitSeq(names, ",") {
			if f == name || strings.HasPrefix(f, name+"/") {
				chosen = append(chosen, f)
			}
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no such file: %s", names)
	}
	return chosen, nil
}

// runFiles runs the regression files against one server, and the specs against another.
func runFiles(ctx context.Context, o *options, s *suite, orbit string, files []string) (map[string]*result, error) {
	results := map[string]*result{}
	for _, kind := range []string{"regress/", "isolation/"} {
		var tests []string
		for _, f := range files {
			if test, ok := strings.CutPrefix(f, kind); ok {
				tests = append(tests, test)
			}
		}
		if len(tests) == 0 {
			continue
		}
		if err := runKind(ctx, o, s, orbit, kind, tests, results); err != nil {
			return nil, err
		}
	}
	return results, nil
}

type runner interface {
	run(ctx context.Context, test string) (*result, error)
}

func runKind(ctx context.Context, o *options, s *suite, orbit, kind string, tests []string, results map[string]*result) (err error) {
	srv, err := newServer(ctx, orbit, o)
	if err != nil {
		return err
	}
	defer srv.close()
	defer func() { err = errors.Join(err, reportLog(o, srv, kind)) }()
	var r runner
	if kind == "regress/" {
		reg, err := newRegression(ctx, o, s, srv)
		if err != nil {
			return err
		}
		if tests[0] != setupTest {
			if _, err := reg.run(ctx, setupTest); err != nil {
				return err
			}
		}
		r = reg
	} else if r, err = newIsolationSuite(ctx, o, s, srv); err != nil {
		return err
	}
	for _, test := range tests {
		start := time.Now()
		res, err := r.run(ctx, test)
		if err != nil {
			return fmt.Errorf("%s%s: %w", kind, test, err)
		}
		results[kind+test] = res
		fmt.Printf("%-44s %s  %.1fs\n", kind+test, describe(res), time.Since(start).Seconds())
	}
	return nil
}

// reportLog shows what the server complained of: a crash's reason is there.
func reportLog(o *options, srv *server, kind string) error {
	b, err := os.ReadFile(srv.logFile())
	if err != nil || srv.orbit == "" || len(b) == 0 {
		return err
	}
	if o.keep != "" {
		return os.WriteFile(filepath.Join(o.keep, strings.TrimSuffix(kind, "/")+"-server.log"), b, 0o644)
	}
	fmt.Printf("the server wrote %d bytes to its log; -keep DIR keeps it\n", len(b))
	return nil
}
