package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// step is a command of the README and the output shown under it.
type step struct {
	line            int
	command, output string
	killed          bool // the text before it says to kill the server and start it again
}

// TestReadmeTour runs what README.md shows in its console blocks, in order, and
// compares what is printed. A command with nothing shown under it must only
// succeed. redis-cli prints as on a terminal, as the README shows it.
func TestReadmeTour(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	steps := tour(string(text))
	if len(steps) < 5 {
		t.Fatalf("README.md shows %d commands", len(steps))
	}
	dir := t.TempDir()
	// The tour starts the server without a word about where: its directory is
	// the default one, and the tools are told the ports that it got.
	t.Chdir(dir)
	o := start(t, "orbit_integrated_data")
	path := wrappers(t, o, "redis-cli", "psql", "curl")
	for _, s := range steps {
		if s.killed {
			o.kill()
			o = start(t, "orbit_integrated_data")
			path = wrappers(t, o, "redis-cli", "psql", "curl")
		}
		cmd := exec.Command("sh", "-c", s.command)
		cmd.Env = append(os.Environ(), "PATH="+path, "PSQLRC="+os.DevNull, "PAGER=cat")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("README.md:%d: %s: %v\n%s", s.line, s.command, err, out)
			continue
		}
		if got := lines(string(out)); s.output != "" && got != lines(s.output) {
			t.Errorf("README.md:%d: %s prints\n%s\ninstead of\n%s", s.line, s.command, got, lines(s.output))
		}
	}
	o.stop(t)
}

// tour gives the commands of the console blocks: lines that begin with "$ ",
// with lines after a backslash; what follows is their output.
func tour(text string) []step {
	var steps []step
	inBlock, prompted, continued, killed := false, false, false, false
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "```") {
			inBlock, prompted = line == "```console", false
			continue
		}
		command, isCommand := strings.CutPrefix(line, "$ ")
		last := len(steps) - 1
		switch {
		case !inBlock:
			killed = killed || strings.Contains(line, "kill -9")
		case isCommand:
			steps = append(steps, step{line: i + 1, command: command, killed: killed})
			prompted, continued, killed = true, strings.HasSuffix(command, "\\"), false
		case continued:
			steps[last].command += "\n" + line
			continued = strings.HasSuffix(line, "\\")
		case prompted: // without a prompt, the block is for the reader
			steps[last].output += line + "\n"
		}
	}
	return steps
}

// lines drops what the eye does not see: spaces at ends of lines, empty lines.
func lines(s string) string {
	var kept []string
	for line := range strings.Lines(s) {
		if line = strings.TrimRight(line, " \n"); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

// wrappers makes a PATH on which the tools talk to the server by default.
func wrappers(t *testing.T, o *orbit, tools ...string) string {
	t.Helper()
	dir := t.TempDir()
	_, redisPort := hostPort(o.redis)
	_, sqlPort := hostPort(o.sql)
	extra := map[string]string{"redis-cli": "-p " + redisPort + " --no-raw", "psql": "-p " + sqlPort}
	for _, name := range tools {
		script := fmt.Sprintf("#!/bin/sh\nexec %s %s \"$@\"\n", tool(t, name), extra[name])
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil { //nolint:gosec // programs are executable
			t.Fatal(err)
		}
	}
	return strings.Join([]string{dir, filepath.Dir(program), os.Getenv("PATH")}, string(os.PathListSeparator))
}
