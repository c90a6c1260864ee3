package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/orbit-server/orbit/internal/storage/datadir"
)

// redisNames are the settings that redis-server has as parameters, by the names that
// these have there.
var redisNames = map[string]string{
	"requirepass":      "redis-password",
	"aclfile":          "redis-acl-file",
	"masteruser":       "redis-primary-user",
	"masterauth":       "redis-primary-password",
	"maxclients":       "maxclients",
	"appendfsync":      "redis-durability",
	"tls-cert-file":    "redis-tls-cert-file",
	"tls-key-file":     "redis-tls-key-file",
	"tls-ca-cert-file": "redis-tls-ca-cert-file",
	"tls-auth-clients": "redis-tls-auth-clients",
	"tls-protocols":    "redis-tls-protocols",
}

// parametersSetting has the parameters that are no settings of their own.
const parametersSetting = "redis-parameters"

// parseParameters reads name=value,name=value.
func parseParameters(text string) (map[string]string, error) {
	parameters := make(map[string]string)
	for pair := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" {
			return nil, fmt.Errorf("use name=value, with commas between, such as maxmemory=1gb,maxmemory-policy=allkeys-lru")
		}
		if setting := redisNames[name]; setting != "" {
			return nil, fmt.Errorf("%s is a setting of its own: %s", name, setting)
		}
		if _, twice := parameters[name]; twice {
			return nil, fmt.Errorf("%s is there twice", name)
		}
		parameters[name] = strings.TrimSpace(value)
	}
	return parameters, nil
}

// joinParameters is what parseParameters reads.
func joinParameters(parameters map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		pairs = append(pairs, name+"="+parameters[name])
	}
	return strings.Join(pairs, ",")
}

// mergeParameters joins what all sources say: of each parameter the strongest counts.
func (c *Config) mergeParameters(layers []layer, s *Setting) (string, error) {
	merged := make(map[string]string)
	c.told = make(map[string]bool)
	for _, l := range slices.Backward(layers) {
		parameters, err := parseParameters(l.values.String(s.Name))
		if err != nil {
			return "", fmt.Errorf("bad %s %q: %w (from %s)", s.Name, l.values.String(s.Name), err, l.origin(s))
		}
		maps.Copy(merged, parameters)
		for name := range parameters {
			c.told[name] = l.origin(s).strong()
		}
	}
	return joinParameters(merged), nil
}

// fileParameters takes the parameters out of what a file says: they are a table.
func fileParameters(keys []string, value func(key string) string) (settings []string, parameters string, err error) {
	table := make(map[string]string)
	for _, key := range keys {
		name, is := strings.CutPrefix(key, parametersSetting+"-")
		if !is {
			settings = append(settings, key)
			continue
		}
		text := value(key)
		if strings.Contains(text, ",") {
			return nil, "", fmt.Errorf("%s: a value must not have a comma", name)
		}
		switch text {
		case "true":
			text = "yes"
		case "false":
			text = "no"
		}
		table[name] = text
	}
	return settings, joinParameters(table), nil
}

// recall reads what the data directory remembers of choices that were made while a
// server ran: modes, and what CONFIG REWRITE kept. It is the settings of that.
func (c *Config) recall() (map[string]string, error) {
	modes, err := datadir.ReadModes(c.DataDir)
	if err != nil {
		return nil, err
	}
	recorded := make(map[string]string)
	for protocol, m := range modes {
		if m.Chosen != "" {
			recorded[protocol+"-mode"] = m.Chosen
		}
	}
	kept, err := datadir.ReadRedisConfig(c.DataDir)
	if err != nil {
		return nil, err
	}
	c.RedisUsers = kept.Users
	c.recalled = make(map[string]string)
	for name, value := range kept.Parameters {
		if setting := redisNames[name]; setting != "" {
			recorded[setting] = value
		} else {
			c.recalled[name] = value
		}
	}
	return recorded, nil
}

// ConfiguredRedis is what the settings say of the parameters of CONFIG, whatever the
// data directory remembers.
func (c *Config) ConfiguredRedis() map[string]string {
	parameters, _ := parseParameters(c.configured[parametersSetting]) // Load has checked it
	for name, setting := range redisNames {
		parameters[name] = c.configured[setting]
	}
	return parameters
}

// RecalledRedis is what the data directory remembers of the parameters of CONFIG: what
// CONFIG REWRITE kept, where neither a flag nor the environment says otherwise.
func (c *Config) RecalledRedis() map[string]string {
	recalled := make(map[string]string)
	for name, value := range c.recalled {
		if !c.told[name] {
			recalled[name] = value
		}
	}
	for name, setting := range redisNames {
		if c.Origins[setting].Kind == recordedKind {
			recalled[name] = c.raw[setting]
		}
	}
	return recalled
}
