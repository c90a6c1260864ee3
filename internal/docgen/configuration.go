package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/orbit-server/orbit/internal/cli"
	"github.com/orbit-server/orbit/internal/config"
)

// configurationPage is docs/CONFIGURATION.md, from the table of settings.
func configurationPage() []byte {
	var b bytes.Buffer
	b.WriteString(`# Configuration

<!-- Generated from internal/config by "make docs". Do not edit. -->

A setting's value is taken from the first of these that gives one:

1. its flag, such as ` + "`--redis-addr`" + `
2. its environment variable, such as ` + "`ORBIT_REDIS_ADDR`" + `
3. what was chosen while a server of the data directory ran: a mode ([MODES.md](MODES.md)),
   or what Redis's CONFIG SET changed and CONFIG REWRITE kept
4. the file named by ` + "`--config`" + ` or ` + "`ORBIT_CONFIG`" + `
5. its default

` + "`orbit config`" + ` shows every effective value and where it came from.

The file is TOML. A setting stands under its own name, or in a table named after
its first word:

` + "```toml" + `
data-dir = "/var/lib/orbit"

[redis]
addr = "127.0.0.1:6379"
durability = "everysec"

[redis.parameters] # what redis-cli CONFIG GET lists, by the names it has there
maxmemory = "1gb"
maxmemory-policy = "allkeys-lru"

[postgres]
addr = "127.0.0.1:5432"
durability = "always"
` + "```" + `

Sizes are bytes, or a number with KB, MB, GB or TB (powers of 1,024).

CONFIG REWRITE keeps in the data directory (` + "`REDIS-CONFIG`" + `) the parameters of Redis
that CONFIG SET has changed, but for the port, and the users that ACL SETUSER made, if
` + "`redis-acl-file`" + ` names no file for them. The next server of the directory begins with
them. A password in the file or on the command line stays the default user's.

## Settings

| setting | environment | default | meaning |
|---|---|---|---|
`)
	for _, s := range config.Settings {
		usage := s.Usage
		if len(s.Values) > 0 {
			usage += " (" + strings.Join(s.Values, ", ") + ")"
		}
		def := "empty"
		if s.Default != "" {
			def = "`" + s.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", s.Name, s.Env(), def, usage)
	}
	b.WriteString(`
## Durability

What has happened when a write is acknowledged:

| level | then the write | so a killed process loses | and a power cut loses |
|---|---|---|---|
| ` + "`always`" + ` | is on disk (fsync; writers share one) | nothing | nothing |
| ` + "`everysec`" + ` | has reached the operating system; fsync follows within a second | nothing | at most the last second |
| ` + "`no`" + ` | is in the process's log buffer | perhaps the newest writes | what the system had not written |

## Exit codes

` + "```text\n" + cli.ExitCodes + "\n```\n")
	return b.Bytes()
}
