package config

import (
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/orbit-server/orbit/internal/storage"
)

// Mode is the kind of storage a protocol's data is kept in.
type Mode string

// The modes.
const (
	Persistent Mode = "persistent"
	Actor      Mode = "actor"
)

// Setting describes one setting. Its environment variable is ORBIT_ and the name
// in capitals with underscores; in the file it is the name, or its first word as
// a table ([redis] mode = …).
type Setting struct {
	Name    string
	Default string
	Usage   string
	Values  []string // the allowed values, where they are few
	Secret  bool     // never printed
	check   func(value string) error
	store   func(c *Config, value string)
}

// Env is the name of the setting's environment variable.
func (s *Setting) Env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

const envPrefix = "ORBIT_"

// Config is the effective configuration.
type Config struct {
	DataDir            string
	RedisMode          Mode
	PostgresMode       Mode
	RedisAddr          string // host:port, "" is off
	PostgresAddr       string
	RedisDurability    storage.Durability
	PostgresDurability storage.Durability
	RedisPassword      string
	RedisACLFile       string
	RedisPrimaryUser   string // who a replica is to its primary
	RedisPrimaryPass   string
	RedisTLSAddr       string // host:port, "" is off
	RedisTLS           TLS
	PostgresUser       string
	PostgresPassword   string
	// PostgresServerFiles lets superusers COPY from and to files of the server.
	PostgresServerFiles bool
	RedisCache          int64 // bytes for caches over the Redis data
	PostgresCache       int64
	ActorPersistence    string
	ActorSnapshotEvery  time.Duration
	ActorIdleAfter      time.Duration
	ActorPartitions     int               // of the Redis keyspace
	ActorTableMemory    int64             // bytes of tables in memory; 0 is no limit
	RedisParameters     map[string]string // of CONFIG GET, beyond those that are settings
	MaxClients          int               // connections to the Redis port
	MaxConnections      int               // connections to the PostgreSQL port
	AdminAddr           string
	LogLevel            string
	LogFormat           string
	InsecureBind        bool

	// Origins tells for each setting, by name, where its value came from.
	Origins map[string]Origin
	// Warnings are things worth telling that are no errors: an ORBIT_* variable
	// that is no setting.
	Warnings []string
	raw      map[string]string
	// configured is what a setting would be if the data directory remembered nothing.
	configured map[string]string
	// recalled is what the data directory remembers of parameters of Redis that are no
	// settings of their own, and RedisUsers of users.
	recalled   map[string]string
	told       map[string]bool // parameters given by a flag or the environment
	RedisUsers []string
}

// TLS is how one protocol proves who it is, and what its clients must prove.
type TLS struct {
	CertFile, KeyFile, CAFile string // PEM
	AuthClients               string // yes, no or optional
	Protocols                 string
}

// Settings lists every setting, in the order help and `orbit config` show them.
var Settings = []*Setting{
	{
		Name: "data-dir", Default: "./orbit_integrated_data",
		Usage: "directory that holds all data; made if missing",
		check: notEmpty, store: func(c *Config, v string) { c.DataDir = v },
	},
	{
		Name: "redis-addr", Default: "127.0.0.1:6379",
		Usage: "address of the Redis protocol, host:port; empty turns it off",
		check: address, store: func(c *Config, v string) { c.RedisAddr = v },
	},
	{
		Name: "postgres-addr", Default: "127.0.0.1:5432",
		Usage: "address of the PostgreSQL protocol, host:port; empty turns it off",
		check: address, store: func(c *Config, v string) { c.PostgresAddr = v },
	},
	{
		Name: "redis-mode", Default: string(Persistent), Values: []string{string(Persistent), string(Actor)},
		Usage: "where Redis data lives: persistent (on disk) or actor (in memory)",
		store: func(c *Config, v string) { c.RedisMode = Mode(v) },
	},
	{
		Name: "postgres-mode", Default: string(Persistent), Values: []string{string(Persistent), string(Actor)},
		Usage: "where tables live: persistent (on disk) or actor (in memory)",
		store: func(c *Config, v string) { c.PostgresMode = Mode(v) },
	},
	{
		Name: "redis-durability", Default: "everysec", Values: []string{"always", "everysec", "no"},
		Usage: "when a Redis write is on disk: always (before its reply), everysec, or no (the system decides)",
		store: func(c *Config, v string) { c.RedisDurability, _ = storage.ParseDurability(v) },
	},
	{
		Name: "postgres-durability", Default: "always", Values: []string{"always", "everysec", "no"},
		Usage: "when a commit is on disk: always (before its reply), everysec, or no (the system decides)",
		store: func(c *Config, v string) { c.PostgresDurability, _ = storage.ParseDurability(v) },
	},
	{
		Name: "redis-password", Default: "", Secret: true,
		Usage: "password that Redis clients must give (requirepass); empty asks for none",
		store: func(c *Config, v string) { c.RedisPassword = v },
	},
	{
		Name: "redis-acl-file", Default: "",
		Usage: "file with the Redis users and what they may do (aclfile), read at start and by ACL LOAD; it must exist",
		store: func(c *Config, v string) { c.RedisACLFile = v },
	},
	{
		Name: "redis-primary-user", Default: "",
		Usage: "user that a replica authenticates as to its primary (masteruser); the default user if empty. REPLICAOF says whom to follow, and is remembered",
		store: func(c *Config, v string) { c.RedisPrimaryUser = v },
	},
	{
		Name: "redis-primary-password", Default: "", Secret: true,
		Usage: "password that a replica gives to its primary (masterauth); empty if that asks for none",
		store: func(c *Config, v string) { c.RedisPrimaryPass = v },
	},
	{
		Name: "redis-tls-addr", Default: "",
		Usage: "address of the Redis protocol over TLS, host:port; empty turns it off",
		check: address, store: func(c *Config, v string) { c.RedisTLSAddr = v },
	},
	{
		Name: "redis-tls-cert-file", Default: "",
		Usage: "certificate of redis-tls-addr with its chain (PEM, tls-cert-file); SIGHUP reads it and the next two anew",
		store: func(c *Config, v string) { c.RedisTLS.CertFile = v },
	},
	{
		Name: "redis-tls-key-file", Default: "",
		Usage: "private key of that certificate (PEM, tls-key-file)",
		store: func(c *Config, v string) { c.RedisTLS.KeyFile = v },
	},
	{
		Name: "redis-tls-ca-cert-file", Default: "",
		Usage: "certificates that sign those of clients (PEM, tls-ca-cert-file)",
		store: func(c *Config, v string) { c.RedisTLS.CAFile = v },
	},
	{
		Name: "redis-tls-auth-clients", Default: "yes", Values: []string{"yes", "no", "optional"},
		Usage: "whether clients of redis-tls-addr must have a certificate: yes, no, or optional (checked if given)",
		store: func(c *Config, v string) { c.RedisTLS.AuthClients = v },
	},
	{
		Name: "redis-tls-protocols", Default: "",
		Usage: "versions of TLS to accept (tls-protocols): TLSv1.2, TLSv1.3; both if empty",
		store: func(c *Config, v string) { c.RedisTLS.Protocols = v },
	},
	{
		Name:  "redis-parameters",
		Usage: "parameters of CONFIG GET that are no settings of their own, name=value, with commas between; a table in the file",
		check: func(v string) error {
			_, err := parseParameters(v)
			return err
		},
		store: func(c *Config, v string) { c.RedisParameters, _ = parseParameters(v) },
	},
	{
		Name: "postgres-user", Default: "postgres",
		Usage: "name of the first PostgreSQL role, a superuser",
		check: notEmpty, store: func(c *Config, v string) { c.PostgresUser = v },
	},
	{
		Name: "postgres-password", Default: "", Secret: true,
		Usage: "password that PostgreSQL clients must give (SCRAM-SHA-256); empty asks for none",
		store: func(c *Config, v string) { c.PostgresPassword = v },
	},
	{
		Name: "postgres-server-files", Default: "false", Values: []string{"true", "false"},
		Usage: "let superusers COPY from and to files that orbit's user can read and write",
		store: func(c *Config, v string) { c.PostgresServerFiles = v == "true" },
	},
	{
		Name: "redis-cache", Default: "256MB",
		Usage: "memory for caches over the Redis data",
		check: size, store: func(c *Config, v string) { c.RedisCache, _ = ParseSize(v) },
	},
	{
		Name: "postgres-cache", Default: "256MB",
		Usage: "memory for caches over the tables",
		check: size, store: func(c *Config, v string) { c.PostgresCache, _ = ParseSize(v) },
	},
	{
		Name: "actor-persistence", Default: "none", Values: []string{"none", "snapshot", "write-through"},
		Usage: "what of data in actor mode outlives the process: none, snapshot (as of the last one) or write-through (everything)",
		store: func(c *Config, v string) { c.ActorPersistence = v },
	},
	{
		Name: "actor-snapshot-every", Default: "1m",
		Usage: "time between snapshots of what changed in actor mode, such as 30s",
		check: duration, store: func(c *Config, v string) { c.ActorSnapshotEvery, _ = time.ParseDuration(v) },
	},
	{
		Name: "actor-idle-after", Default: "5m",
		Usage: "how long nobody must have used a partition before its actor is passivated",
		check: duration, store: func(c *Config, v string) { c.ActorIdleAfter, _ = time.ParseDuration(v) },
	},
	{
		Name: "actor-partitions", Default: "64",
		Usage: "number of actors that share the Redis keys in actor mode: a power of two up to 1024",
		check: partitions, store: func(c *Config, v string) { c.ActorPartitions = mustCount(v) },
	},
	{
		Name: "actor-table-memory", Default: "50%",
		Usage: "most memory that tables in actor mode may take, as a size or a share of the machine's; 0 is no limit",
		check: memory, store: func(c *Config, v string) { c.ActorTableMemory, _ = ParseMemory(v) },
	},
	{
		Name: "maxclients", Default: "10000",
		Usage: "most connections to the Redis port at once",
		check: count, store: func(c *Config, v string) { c.MaxClients = mustCount(v) },
	},
	{
		Name: "max-connections", Default: "1000",
		Usage: "most connections to the PostgreSQL port at once",
		check: count, store: func(c *Config, v string) { c.MaxConnections = mustCount(v) },
	},
	{
		Name: "admin-addr", Default: "",
		Usage: "also serve health and metrics by HTTP on this host:port; empty: only the socket in the data directory",
		check: address, store: func(c *Config, v string) { c.AdminAddr = v },
	},
	{
		Name: "log-level", Default: "info", Values: []string{"debug", "info", "warn", "error"},
		Usage: "least severity that is logged: debug, info, warn or error",
		store: func(c *Config, v string) { c.LogLevel = v },
	},
	{
		Name: "log-format", Default: "text", Values: []string{"text", "json", "logfmt"},
		Usage: "form of the log on standard error: text, json or logfmt",
		store: func(c *Config, v string) { c.LogFormat = v },
	},
	{
		Name: "insecure-bind", Default: "false", Values: []string{"true", "false"},
		Usage: "allow an address that other machines reach without a password",
		store: func(c *Config, v string) { c.InsecureBind = v == "true" },
	},
}

// Find returns the setting of that name, nil if there is none.
func Find(name string) *Setting {
	for _, s := range Settings {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// validate checks a value against the setting, naming what is allowed.
func (s *Setting) validate(value string) error {
	if len(s.Values) > 0 {
		for _, v := range s.Values {
			if v == value {
				return nil
			}
		}
		return fmt.Errorf("unknown %s %q: use %s", s.Name, value, orList(s.Values))
	}
	if s.check != nil {
		if err := s.check(value); err != nil {
			return fmt.Errorf("bad %s %q: %w", s.Name, value, err)
		}
	}
	return nil
}

func orList(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func notEmpty(v string) error {
	if strings.TrimSpace(v) == "" {
		return fmt.Errorf("it may not be empty")
	}
	return nil
}

func address(v string) error {
	if v == "" {
		return nil
	}
	_, port, err := net.SplitHostPort(v)
	if err != nil {
		return fmt.Errorf("use host:port, such as 127.0.0.1:6379")
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("port must be a number from 0 to 65535")
	}
	return nil
}
