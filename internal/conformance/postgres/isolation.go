package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/conformance/postgres/isolation"
)

// isolationSuite runs specs of the isolation suite.
type isolationSuite struct {
	o      *options
	suite  *suite
	server *server
}

func newIsolationSuite(ctx context.Context, o *options, s *suite, srv *server) (*isolationSuite, error) {
	i := &isolationSuite{o: o, suite: s, server: srv}
	config, err := i.config("postgres", "setup")
	if err != nil {
		return nil, err
	}
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE isolation_regression").ReadAll()
	return i, errors.Join(err, conn.Close(ctx))
}

// config connects as pg_isolation_regress does.
func (i *isolationSuite) config(database, test string) (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig(fmt.Sprintf("host=127.0.0.1 port=%s user=postgres dbname=%s sslmode=disable connect_timeout=10", i.server.port, database))
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{
		"application_name": "isolation/" + test, "timezone": "America/Los_Angeles", "datestyle": "Postgres, MDY",
		"options": "-c intervalstyle=postgres_verbose",
	} {
		config.RuntimeParams[name] = value
	}
	return config, nil
}

// run runs a spec and scores it by permutation.
func (i *isolationSuite) run(ctx context.Context, test string) (*result, error) {
	text, err := os.ReadFile(filepath.Join(i.suite.isolation, "specs", test+".spec"))
	if err != nil {
		return nil, err
	}
	spec, err := isolation.Parse(string(text))
	if err != nil {
		return nil, err
	}
	outputs, err := expectedOutputs(i.suite.isolation, test)
	if err != nil {
		return nil, err
	}
	got, messages, ended, err := i.permutations(ctx, test, spec)
	if err != nil {
		return nil, err
	}
	res := judgePermutations(got, messages, outputs, len(spec.Permutations))
	res.Ended = ended
	return res, i.o.keepOutput("isolation-"+test, strings.Join(got, ""), res)
}

// permutations runs all of a spec's. One that fails has its reason in messages.
func (i *isolationSuite) permutations(ctx context.Context, test string, spec *isolation.Spec) (got []string, messages map[int]string, ended string, err error) {
	if !i.server.Alive() {
		if err := i.server.start(ctx); err != nil {
			return nil, nil, "", err
		}
	}
	config, err := i.config("isolation_regression", test)
	if err != nil {
		return nil, nil, "", err
	}
	limited, cancel := context.WithTimeout(ctx, i.o.limit)
	defer cancel()
	r, err := isolation.NewRunner(limited, config, spec, i.o.wait)
	if err != nil {
		return nil, nil, "", err
	}
	defer r.Close()
	messages = map[int]string{}
	hung := 0
	for n, steps := range spec.Permutations {
		names := make([]string, 0, len(steps))
		for _, s := range steps {
			names = append(names, s.Name)
		}
		output, err := r.Permutation(limited, steps)
		got = append(got, fmt.Sprintf("\nstarting permutation: %s\n%s", strings.Join(names, " "), output))
		if err == nil {
			continue
		}
		messages[n] = tidy(err.Error())
		switch {
		case ctx.Err() != nil:
			return nil, nil, "", ctx.Err()
		case !i.server.Alive():
			return got, messages, "the server crashed", nil
		case limited.Err() != nil:
			return got, messages, "time limit", nil
		case errors.Is(err, isolation.ErrStepWait):
			if hung++; hung == maxHung {
				return got, messages, "steps that do not end", nil
			}
		case n >= maxFailures && len(messages) > n:
			return got, messages, "", nil // none works
		}
	}
	return got, messages, "", nil
}

// maxHung is after how many permutations with a step that does not end the rest is
// not tried: each takes its time.
const maxHung = 7

// maxFailures is after how many permutations that all failed the rest is not tried.
const maxFailures = 20

// judgePermutations compares what was printed for each permutation with the expected
// output that fits best.
func judgePermutations(got []string, messages map[int]string, outputs []string, of int) *result {
	best := &result{}
	for n, output := range outputs {
		want := strings.Split(output, "\nstarting permutation:")[1:]
		r := &result{Of: of, ran: of, messages: map[string]int{}}
		for i := range of {
			switch {
			case i >= len(got):
				r.messages["(not reached)"]++
			case messages[i] != "":
				r.messages[messages[i]]++
			case i < len(want) && same(strings.TrimSpace(got[i]), strings.TrimSpace("starting permutation:"+want[i])):
				r.Passed++
				continue
			case i < len(want):
				r.messages[difference(got[i], want[i], true)]++
			}
			r.failed = append(r.failed, i)
			if i < len(got) && i < len(want) {
				fmt.Fprintf(&r.differences, "<<<< expected\nstarting permutation:%s==== got\n%s%s>>>>\n\n", want[i], got[i], messages[i])
			}
		}
		if n == 0 || r.Passed > best.Passed {
			best = r
		}
	}
	return best
}
