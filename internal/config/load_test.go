package config

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/orbit-server/orbit/internal/storage"
)

func load(t *testing.T, args ...string) (*Config, error) {
	t.Helper()
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	Flags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return Load(flags)
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "orbit.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	c, err := load(t)
	if err != nil {
		t.Fatal(err)
	}
	if c.DataDir != "./orbit_integrated_data" || c.RedisAddr != "127.0.0.1:6379" || c.PostgresAddr != "127.0.0.1:5432" ||
		c.RedisMode != Persistent || c.RedisDurability != storage.EverySec || c.PostgresDurability != storage.Always ||
		c.RedisCache != 256<<20 || c.InsecureBind {
		t.Errorf("unexpected defaults: %+v", c)
	}
	if c.Origins["data-dir"].Kind != "default" {
		t.Errorf("origin of data-dir is %v", c.Origins["data-dir"])
	}
	if err := c.CheckServe(); err != nil {
		t.Errorf("defaults must serve: %v", err)
	}
}

func TestPrecedence(t *testing.T) {
	path := writeFile(t, "log-level = \"error\"\nmaxclients = 7\n[redis]\naddr = \"127.0.0.1:1\"\ndurability = \"no\"\n[postgres]\naddr = \"127.0.0.1:2\"\n")
	t.Setenv("ORBIT_REDIS_DURABILITY", "always")
	t.Setenv("ORBIT_POSTGRES_ADDR", "127.0.0.1:3")
	c, err := load(t, "--config", path, "--postgres-addr", "127.0.0.1:4")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"redis-addr":       "127.0.0.1:1 file " + path,
		"redis-durability": "always environment ORBIT_REDIS_DURABILITY",
		"postgres-addr":    "127.0.0.1:4 flag --postgres-addr",
		"log-level":        "error file " + path,
		"maxclients":       "7 file " + path,
		"log-format":       "text default",
	} {
		if got := c.Value(Find(name)) + " " + c.Origins[name].String(); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if c.MaxClients != 7 || c.RedisDurability != storage.Always {
		t.Errorf("values were not stored: %+v", c)
	}
}

func TestEmptyAddressTurnsOff(t *testing.T) {
	t.Setenv("ORBIT_REDIS_ADDR", "")
	c, err := load(t)
	if err != nil {
		t.Fatal(err)
	}
	if c.RedisAddr != "" {
		t.Errorf("redis-addr is %q", c.RedisAddr)
	}
	c, err = load(t, "--redis-addr=", "--postgres-addr=")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckServe(); err == nil || !strings.Contains(err.Error(), "both protocols are off") {
		t.Errorf("got %v", err)
	}
}

func TestErrorsNameTheSourceAndTheRemedy(t *testing.T) {
	for _, tc := range []struct {
		name, env, value, file string
		args                   []string
		want                   string
	}{
		{name: "mode by flag", args: []string{"--redis-mode", "disk"}, want: `unknown redis-mode "disk": use persistent or actor (from flag --redis-mode)`},
		{name: "mode by environment", env: "ORBIT_POSTGRES_MODE", value: "disk", want: `unknown postgres-mode "disk": use persistent or actor (from environment ORBIT_POSTGRES_MODE)`},
		{name: "durability", args: []string{"--redis-durability", "maybe"}, want: "use always, everysec or no"},
		{name: "address", args: []string{"--redis-addr", "6379"}, want: "use host:port"},
		{name: "size", args: []string{"--redis-cache", "lots"}, want: "use a number of bytes"},
		{name: "unknown key in file", file: "redis-mod = \"actor\"\n", want: "did you mean redis-mode?"},
		{name: "broken file", file: "redis-mode = \n", want: "orbit.toml"},
		{name: "missing file", args: []string{"--config", "/nonexistent/orbit.toml"}, want: "does not exist"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.env != "" {
				t.Setenv(tc.env, tc.value)
			}
			args := tc.args
			if tc.file != "" {
				args = append(args, "--config", writeFile(t, tc.file))
			}
			_, err := load(t, args...)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want it to contain %q", err, tc.want)
			}
		})
	}
}

func TestMisspeltVariableIsWarnedOf(t *testing.T) {
	t.Setenv("ORBIT_REDIS_MOD", "actor")
	c, err := load(t)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) != 1 || !strings.Contains(c.Warnings[0], "did you mean ORBIT_REDIS_MODE?") {
		t.Errorf("got %q", c.Warnings)
	}
}

func TestServeRefusals(t *testing.T) {
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"--redis-addr", "0.0.0.0:6379"}, "set redis-password"},
		{[]string{"--redis-addr", "0.0.0.0:6379", "--redis-password", "x"}, ""},
		{[]string{"--postgres-addr", "[::]:5432"}, "set postgres-password"},
		{[]string{"--postgres-addr", "[::1]:5432"}, ""},
		{[]string{"--postgres-addr", ":5432"}, "set postgres-password"},
		{[]string{"--admin-addr", "10.0.0.1:9"}, "admin endpoint has no password"},
		{[]string{"--redis-addr", "0.0.0.0:6379", "--insecure-bind"}, ""},
	} {
		c, err := load(t, tc.args...)
		if err != nil {
			t.Fatal(err)
		}
		err = c.CheckServe()
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%q: got %v, want %q", tc.args, err, tc.want)
		}
	}
}

func TestSecretsAreNotShown(t *testing.T) {
	c, err := load(t, "--redis-password", "hunter2")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Value(Find("redis-password")); got != "(set)" {
		t.Errorf("got %q", got)
	}
}

func TestParseSize(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "512": 512, "1kb": 1024, "64MB": 64 << 20, "2 GB": 2 << 30, "1g": 1 << 30, "3b": 3} {
		if got, err := ParseSize(in); err != nil || got != want {
			t.Errorf("%q: got %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "x", "-1", "1.5gb", "99999999tb", "kb"} {
		if _, err := ParseSize(in); err == nil {
			t.Errorf("%q was taken", in)
		}
	}
}

func TestRedisParameters(t *testing.T) {
	dir := t.TempDir()
	record := `{"parameters": {"maxmemory": "3", "maxmemory-policy": "allkeys-lru", "timeout": "30", "appendfsync": "no", "requirepass": ""}, "users": ["user default on nopass"]}`
	if err := os.WriteFile(filepath.Join(dir, "REDIS-CONFIG"), []byte(record), 0o600); err != nil {
		t.Fatal(err)
	}
	path := writeFile(t, "[redis]\npassword = \"x\"\n[redis.parameters]\nmaxmemory = \"1gb\"\nactivedefrag = true\nhz = 20\n")
	t.Setenv("ORBIT_REDIS_PARAMETERS", "timeout=20,hz=30")
	c, err := load(t, "--config", path, "--data-dir", dir, "--redis-parameters", "hz = 40")
	if err != nil {
		t.Fatal(err)
	}
	configured := c.ConfiguredRedis()
	for name, want := range map[string]string{
		"maxmemory": "1gb", "activedefrag": "yes", "timeout": "20", "hz": "40", "requirepass": "x", "appendfsync": "everysec", "maxclients": "10000",
	} {
		if configured[name] != want {
			t.Errorf("%s is configured as %q, want %q", name, configured[name], want)
		}
	}
	want := map[string]string{"maxmemory": "3", "maxmemory-policy": "allkeys-lru", "appendfsync": "no", "requirepass": ""}
	if got := c.RecalledRedis(); !maps.Equal(got, want) {
		t.Errorf("recalled %v, want %v", got, want)
	}
	if c.RedisPassword != "" || c.RedisDurability != storage.No || c.Origins["redis-password"].Kind != "recorded" || len(c.RedisUsers) != 1 {
		t.Errorf("got %+v", c)
	}
	for _, wrong := range []string{"maxmemory", "=1", "a=1,a=2", "requirepass=x"} {
		if _, err := load(t, "--redis-parameters", wrong); err == nil || !strings.Contains(err.Error(), "from flag --redis-parameters") {
			t.Errorf("%s: got %v", wrong, err)
		}
	}
}
