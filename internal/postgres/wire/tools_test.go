package wire

import (
	"net"
	"os"
	osexec "os/exec"
	"strings"
	"testing"
)

// tool runs one of PostgreSQL's own programs against the server.
func tool(t *testing.T, s *Server, stdin, name string, args ...string) string {
	t.Helper()
	path, err := osexec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	host, port, err := net.SplitHostPort(s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	cmd := osexec.Command(path, args...)
	cmd.Env = append(os.Environ(), "PGHOST="+host, "PGPORT="+port, "PGUSER=postgres", "PGDATABASE=postgres")
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func TestPgbench(t *testing.T) {
	s := startServer(t, Options{})
	tool(t, s, "", "pgbench", "-i", "-q")
	for _, mode := range []string{"simple", "extended", "prepared"} {
		out := tool(t, s, "", "pgbench", "-M", mode, "-c", "4", "-t", "25", "-n")
		if !strings.Contains(out, "actually processed: 100/100") {
			t.Errorf("%s: %s", mode, out)
		}
		tool(t, s, "", "pgbench", "-M", mode, "-S", "-c", "4", "-t", "25", "-n")
	}
	c := connect(t, s, "")
	if got := query(t, c, `SELECT count(*), sum(delta) = (SELECT sum(abalance) FROM pgbench_accounts), sum(delta) = (SELECT sum(tbalance) FROM pgbench_tellers),
		sum(delta) = (SELECT sum(bbalance) FROM pgbench_branches) FROM pgbench_history`); got != "300,t,t,t" {
		t.Errorf("the sums do not agree: %s", got)
	}
}

func TestPsql(t *testing.T) {
	s := startServer(t, Options{})
	script := `\set ON_ERROR_STOP on
CREATE TABLE t (a int PRIMARY KEY, b text);
\copy t from stdin csv
1,one
2,"two, or more"
\.
BEGIN; UPDATE t SET b = 'ONE' WHERE a = 1; COMMIT;
SELECT * FROM t ORDER BY a;
\copy t to stdout
\set FETCH_COUNT 1
SELECT a FROM t ORDER BY a;
\echo :SERVER_VERSION_NUM
SELECT $1 + 1 \bind 41 \g
`
	if strings.Contains(tool(t, s, "", "psql", "--version"), ") 15.") {
		script = strings.Replace(script, `SELECT $1 + 1 \bind 41 \g`, "SELECT 42", 1) + ";"
	}
	got := tool(t, s, script, "psql", "-X", "-q", "-A", "-t")
	want := "1|ONE\n2|two, or more\n1\tONE\n2\ttwo, or more\n1\n2\n150000\n42\n"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
