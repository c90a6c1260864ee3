package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/storage"
)

// call runs the command line within the test.
func call(args ...string) (code int, out, stderr string) {
	var o, e bytes.Buffer
	code = Main(context.Background(), args, Streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

func TestExitCodes(t *testing.T) {
	listen := &net.OpError{Op: "listen", Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
	for _, tc := range []struct {
		err  error
		want int
	}{
		{nil, ExitOK},
		{errors.New("disk on fire"), ExitFailure},
		{fmt.Errorf("status: %w", admin.ErrNoServer), ExitFailure},
		{usageError{errors.New("bad redis-addr")}, ExitUsage},
		{callError{usageError{errors.New("unknown flag: --x")}, "orbit serve"}, ExitUsage},
		{errors.New(`unknown command "x" for "orbit"`), ExitUsage},
		{fmt.Errorf("open: %w", storage.ErrLocked), ExitDirectory},
		{fmt.Errorf("open: %w", storage.ErrNewerFormat), ExitDirectory},
		{fmt.Errorf("open: %w", storage.ErrForeign), ExitDirectory},
		{errors.Join(fmt.Errorf("open: %w", storage.ErrCorrupt), errors.New("close")), ExitDirectory},
		{fmt.Errorf("cannot listen: %w", listen), ExitAddress},
		{&net.OpError{Op: "listen", Err: errors.New("no such host")}, ExitAddress},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, ExitFailure},
	} {
		if got := exitCode(tc.err); got != tc.want {
			t.Errorf("%v: exit code %d, want %d", tc.err, got, tc.want)
		}
	}
}

// TestEveryCodeIsDocumented compares the table that users read with the codes.
func TestEveryCodeIsDocumented(t *testing.T) {
	for _, code := range []int{ExitOK, ExitFailure, ExitUsage, ExitDirectory, ExitAddress, ExitForced} {
		if !strings.Contains(ExitCodes, fmt.Sprintf("\n  %-4d ", code)) && !strings.HasPrefix(ExitCodes, fmt.Sprintf("  %-4d ", code)) {
			t.Errorf("exit code %d is not in the table", code)
		}
	}
}

// TestEveryHelpHasExamples looks at all commands, those within others too.
func TestEveryHelpHasExamples(t *testing.T) {
	var look func(cmd *cobra.Command)
	look = func(cmd *cobra.Command) {
		if cmd.Example == "" {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		if cmd.Short == "" {
			t.Errorf("%s has no summary", cmd.CommandPath())
		}
		for _, sub := range cmd.Commands() {
			look(sub)
		}
	}
	root := NewRoot(Streams{})
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	look(root)
}

// TestServeTakesEverySetting looks whether each setting has its flag, and that
// what is given reaches the run function.
func TestServeTakesEverySetting(t *testing.T) {
	var got *config.Config
	cmd := newServe(Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}, func(_ context.Context, o *serveOptions) error {
		got = o.config
		return nil
	})
	for _, s := range config.Settings {
		if cmd.Flag(s.Name) == nil {
			t.Errorf("serve has no --%s", s.Name)
		}
	}
	cmd.SetArgs([]string{"--data-dir", "/srv/orbit", "--redis-durability=always", "--postgres-addr=", "--insecure-bind"})
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	if got.DataDir != "/srv/orbit" || got.RedisDurability != storage.Always || got.PostgresAddr != "" || !got.InsecureBind {
		t.Errorf("serve was given %+v", got)
	}
}

// TestServeRunsNothingOnError checks that a wrong setting ends the verb before
// anything is opened.
func TestServeRunsNothingOnError(t *testing.T) {
	for _, args := range [][]string{
		{"--redis-mode", "disk"},
		{"--redis-addr", "0.0.0.0:1"},
		{"--nothing"},
		{"extra"},
		{"--config", "/nonexistent/orbit.toml"},
	} {
		cmd := newServe(Streams{Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}, func(context.Context, *serveOptions) error {
			t.Errorf("%q was run", args)
			return nil
		})
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetFlagErrorFunc(flagError)
		cmd.SetArgs(args)
		if err := cmd.Execute(); exitCode(err) != ExitUsage {
			t.Errorf("%q: %v is no usage error", args, err)
		}
	}
}

func TestMessagesGoToStandardError(t *testing.T) {
	for _, tc := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{[]string{"serv"}, ExitUsage, "orbit: unknown command \"serv\" for \"orbit\"; did you mean serve?\nTry `orbit --help`.\n"},
		{[]string{"serve", "--redis-mod", "x"}, ExitUsage, "orbit: unknown flag: --redis-mod\nTry `orbit serve --help`.\n"},
		{[]string{"config", "--insecure-bind=perhaps"}, ExitUsage, "orbit: bad --insecure-bind \"perhaps\": use true or false\nTry `orbit config --help`.\n"},
		{[]string{"serve", "--redis-mode", "x"}, ExitUsage, "orbit: unknown redis-mode \"x\": use persistent or actor (from flag --redis-mode)\n"},
	} {
		code, out, stderr := call(tc.args...)
		if code != tc.code || out != "" || stderr != tc.stderr {
			t.Errorf("%q: exit code %d, standard output %q, standard error %q; want %d and %q", tc.args, code, out, stderr, tc.code, tc.stderr)
		}
	}
}

func TestConfigJSONIsAContract(t *testing.T) {
	code, out, stderr := call("config", "--json", "--redis-password", "secret")
	if code != ExitOK || stderr != "" {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	var list []map[string]string
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != len(config.Settings) {
		t.Fatalf("%d settings of %d", len(list), len(config.Settings))
	}
	for i, s := range config.Settings {
		if list[i]["name"] != s.Name || list[i]["env"] != s.Env() || list[i]["usage"] != s.Usage || list[i]["origin"] == "" {
			t.Errorf("%s is shown as %v", s.Name, list[i])
		}
		if s.Name == "redis-password" && (list[i]["value"] != "(set)" || list[i]["source"] != "--redis-password") {
			t.Errorf("a secret is shown as %v", list[i])
		}
	}
	if strings.Contains(out, "secret\"") {
		t.Errorf("the password is shown:\n%s", out)
	}
}

func TestStatusTable(t *testing.T) {
	var out bytes.Buffer
	err := statusTable(Streams{Out: &out}, &admin.Status{
		Version: "1.2.3", PID: 42, UptimeSeconds: 3725, DataDir: "/srv/orbit",
		Redis: &admin.Redis{
			Addr: "127.0.0.1:6379", Place: admin.Place{Mode: "persistent"}, Durability: "everysec", Clients: 2, CommandsTotal: 10, KeysTotal: 3,
			Storage: admin.Store{DiskBytes: 1536},
		},
		Postgres: &admin.Postgres{
			Addr: "127.0.0.1:5432", Place: admin.Place{Mode: "persistent"}, Durability: "always", Connections: 1, StatementsTotal: 7,
			Storage: admin.Store{DiskBytes: 5 << 30},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `orbit     1.2.3, pid 42, up 1h2m5s
data      /srv/orbit
redis     127.0.0.1:6379, persistent, durability everysec
          2 clients, 10 commands, 3 keys, 1.5 KB on disk
postgres  127.0.0.1:5432, persistent, durability always
          1 connections, 7 statements, 5.0 GB on disk
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestBytesText(t *testing.T) {
	for n, want := range map[uint64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KB", 1 << 20: "1.0 MB", 3 << 29: "1.5 GB", 1 << 50: "1024.0 TB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

func TestConnectTo(t *testing.T) {
	for addr, want := range map[string]string{
		"127.0.0.1:6379": "127.0.0.1 6379", "0.0.0.0:1": "127.0.0.1 1", "[::]:2": "127.0.0.1 2", "[::1]:3": "::1 3", "192.0.2.1:4": "192.0.2.1 4",
	} {
		tcp, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if host, port := connectTo(tcp); host+" "+port != want {
			t.Errorf("%s: %s %s, want %s", addr, host, port, want)
		}
	}
}
