package config

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// Origin is where a value came from.
type Origin struct {
	Kind string // flag, environment, recorded, file or default
	Name string // --redis-mode, ORBIT_REDIS_MODE, the file's path, or ""
}

// recordedKind is the Kind of what the data directory remembers.
const recordedKind = "recorded"

// strong says that the data directory's memory does not count against it.
func (o Origin) strong() bool { return o.Kind == "flag" || o.Kind == "environment" }

func (o Origin) String() string {
	if o.Name == "" {
		return o.Kind
	}
	return o.Kind + " " + o.Name
}

// Flags adds a flag for every setting, and --config.
func Flags(flags *pflag.FlagSet) {
	flags.String("config", os.Getenv(envPrefix+"CONFIG"), "configuration file (TOML)")
	for _, s := range Settings {
		if s.Name == "insecure-bind" || s.Name == "postgres-server-files" {
			flags.Bool(s.Name, false, s.Usage)
			continue
		}
		flags.String(s.Name, s.Default, s.Usage)
	}
}

// layer is one source of values, the strongest first in load's list.
type layer struct {
	values *koanf.Koanf
	origin func(s *Setting) Origin
}

// Load gathers the settings from flags (as far as they were given), environment,
// file and defaults, and checks them. Errors say which source was wrong.
func Load(flags *pflag.FlagSet) (*Config, error) {
	c := &Config{Origins: map[string]Origin{}, raw: map[string]string{}, configured: map[string]string{}}
	layers, err := c.layers(flags)
	if err != nil {
		return nil, err
	}
	var recorded map[string]string
	for _, s := range Settings {
		value, origin := s.Default, Origin{Kind: "default"}
		for _, l := range layers {
			if l.values.Exists(s.Name) {
				value, origin = l.values.String(s.Name), l.origin(s)
				break
			}
		}
		if s.Name == parametersSetting {
			if value, err = c.mergeParameters(layers, s); err != nil {
				return nil, err
			}
		}
		c.configured[s.Name] = value
		if was, is := recorded[s.Name]; is && !origin.strong() {
			value, origin = was, Origin{recordedKind, "in " + c.DataDir}
		}
		if err := s.validate(value); err != nil {
			return nil, fmt.Errorf("%w (from %s)", err, origin)
		}
		s.store(c, value)
		c.raw[s.Name], c.Origins[s.Name] = value, origin
		if s.Name == "data-dir" { // the first
			if recorded, err = c.recall(); err != nil {
				return nil, err
			}
		}
	}
	return c, nil
}

// ConfiguredMode is what a mode's setting says, whatever was chosen while a server ran.
func (c *Config) ConfiguredMode(setting string) Mode { return Mode(c.configured[setting]) }

func (c *Config) layers(flags *pflag.FlagSet) ([]layer, error) {
	given := koanf.New("/")
	provider := posflag.ProviderWithFlag(flags, "/", nil, func(f *pflag.Flag) (string, any) {
		if !f.Changed || Find(f.Name) == nil {
			return "", nil
		}
		return f.Name, f.Value.String()
	})
	if err := given.Load(provider, nil); err != nil {
		return nil, fmt.Errorf("read flags: %w", err)
	}
	environment, err := c.environment()
	if err != nil {
		return nil, err
	}
	layers := []layer{
		{given, func(s *Setting) Origin { return Origin{"flag", "--" + s.Name} }},
		{environment, func(s *Setting) Origin { return Origin{"environment", s.Env()} }},
	}
	path, err := flags.GetString("config")
	if err != nil || path == "" {
		return layers, err
	}
	fromFile, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return append(layers, layer{fromFile, func(*Setting) Origin { return Origin{"file", path} }}), nil
}

// environment reads ORBIT_* variables. One that is no setting is only warned of:
// container platforms set such names for services called orbit.
func (c *Config) environment() (*koanf.Koanf, error) {
	k := koanf.New("/")
	err := k.Load(env.Provider("/", env.Opt{
		Prefix: envPrefix,
		TransformFunc: func(key, value string) (string, any) {
			name := strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(key, envPrefix)), "_", "-")
			if Find(name) == nil {
				if name != "config" {
					c.Warnings = append(c.Warnings, "environment variable "+key+" is no setting of orbit"+suggest(name, func(s *Setting) string { return s.Env() }))
				}
				return "", nil
			}
			return name, value
		},
	}), nil)
	if err != nil {
		return nil, fmt.Errorf("read environment: %w", err)
	}
	return k, nil
}

// readFile reads a TOML file. A table's name is the first word of its settings:
// [redis] mode = "persistent" is redis-mode.
func readFile(path string) (*koanf.Koanf, error) {
	k := koanf.New("-")
	if err := k.Load(file.Provider(path), toml.Parser()); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("configuration file %s does not exist", path)
		}
		var place interface{ Position() (row, column int) } // go-toml's errors have one
		if errors.As(err, &place) {
			row, column := place.Position()
			return nil, fmt.Errorf("configuration file %s, line %d, column %d: %w", path, row, column, err)
		}
		return nil, fmt.Errorf("configuration file %s: %w", path, err)
	}
	flat := koanf.New("/")
	keys, parameters, err := fileParameters(k.Keys(), k.String)
	if err == nil && parameters != "" {
		err = flat.Set(parametersSetting, parameters)
	}
	if err != nil {
		return nil, fmt.Errorf("configuration file %s: %w", path, err)
	}
	slices.Sort(keys)
	for _, name := range keys {
		if Find(name) == nil {
			return nil, fmt.Errorf("configuration file %s: unknown setting %q%s", path, name, suggest(name, func(s *Setting) string { return s.Name }))
		}
		if err := flat.Set(name, k.String(name)); err != nil {
			return nil, fmt.Errorf("configuration file %s: %s: %w", path, name, err)
		}
	}
	return flat, nil
}

// suggest names the setting nearest to a misspelt one, if one is near.
func suggest(name string, show func(*Setting) string) string {
	best, distance := (*Setting)(nil), 4
	for _, s := range Settings {
		if d := editDistance(name, s.Name); d < distance {
			best, distance = s, d
		}
	}
	if best == nil {
		return "; `orbit config` lists the settings"
	}
	return "; did you mean " + show(best) + "?"
}

// editDistance is the Levenshtein distance of two short names.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Value is the effective value as text; a secret shows only that it is set.
func (c *Config) Value(s *Setting) string {
	v := c.raw[s.Name]
	if s.Secret && v != "" {
		return "(set)"
	}
	return v
}

// CheckServe refuses what must not be served: both protocols off, an address
// others reach without a password.
func (c *Config) CheckServe() error {
	if !c.ServesRedis() && c.PostgresAddr == "" {
		return errors.New("both protocols are off: set redis-addr or postgres-addr")
	}
	if c.RedisTLSAddr != "" {
		if err := c.RedisTLS.check("redis-tls"); err != nil {
			return err
		}
	}
	if c.RedisPassword != "" && c.RedisACLFile != "" {
		return errors.New("redis-password and redis-acl-file exclude each other: the file says which password the default user has")
	}
	if c.InsecureBind {
		return nil
	}
	redisPassword := c.RedisPassword + c.RedisACLFile // the file is checked once it is read
	for _, l := range []struct{ setting, addr, password, remedy string }{
		{"redis-addr", c.RedisAddr, redisPassword, "redis-password"},
		{"redis-tls-addr", c.RedisTLSAddr, redisPassword, "redis-password"},
		{"postgres-addr", c.PostgresAddr, c.PostgresPassword, "postgres-password"},
		{"admin-addr", c.AdminAddr, "", ""},
	} {
		if l.addr == "" || l.password != "" || Loopback(l.addr) {
			continue
		}
		if l.setting == "admin-addr" {
			return fmt.Errorf("admin-addr %s is open to other machines and the admin endpoint has no password: use a loopback address, or --insecure-bind if the network is trusted", l.addr)
		}
		return fmt.Errorf("%s %s is open to other machines without a password: set %s, or --insecure-bind if the network is trusted",
			l.setting, l.addr, l.remedy)
	}
	return nil
}

// ServesRedis reports whether the Redis protocol is on, with or without TLS.
func (c *Config) ServesRedis() bool { return c.RedisAddr != "" || c.RedisTLSAddr != "" }

// check says which file is missing. name begins the settings' names.
func (t *TLS) check(name string) error {
	switch {
	case t.CertFile == "" || t.KeyFile == "":
		return fmt.Errorf("%s-addr needs a certificate: set %s-cert-file and %s-key-file", name, name, name)
	case t.AuthClients != "no" && t.CAFile == "":
		return fmt.Errorf("%s-auth-clients %s needs the certificates that sign those of clients: set %s-ca-cert-file, or %s-auth-clients no", name, t.AuthClients, name, name)
	}
	return nil
}

// Loopback reports whether only this machine reaches the address.
func Loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
