package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/config"
)

// settingJSON is one element of `orbit config --json`.
type settingJSON struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin string `json:"origin"`           // flag, environment, recorded, file or default
	Source string `json:"source,omitempty"` // the flag, the variable or the file
	Env    string `json:"env"`
	Usage  string `json:"usage"`
}

func newConfig(streams Streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show each setting's effective value and where it comes from",
		Long: `Shows each setting's effective value and where it comes from. A flag wins over an
ORBIT_* environment variable, that over what was chosen while a server of the data
directory ran (a mode, what CONFIG REWRITE kept), that over the file, that over the
default.`,
		Example: `orbit config
ORBIT_REDIS_ADDR=127.0.0.1:7000 orbit config
orbit config --config orbit.toml --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := config.Load(cmd.Flags())
			if err != nil {
				return usageError{err}
			}
			warn(streams, c)
			if asJSON {
				return writeJSON(streams.Out, configJSON(c))
			}
			return configTable(streams, c)
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func configJSON(c *config.Config) []settingJSON {
	list := []settingJSON{}
	for _, s := range config.Settings {
		o := c.Origins[s.Name]
		list = append(list, settingJSON{s.Name, c.Value(s), o.Kind, o.Name, s.Env(), s.Usage})
	}
	return list
}

func configTable(streams Streams, c *config.Config) error {
	w := tabwriter.NewWriter(streams.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "SETTING\tVALUE\tFROM")
	for _, s := range config.Settings {
		value := c.Value(s)
		if value == "" {
			value = `""`
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, value, c.Origins[s.Name])
	}
	return w.Flush()
}

// warn tells on standard error what the configuration found odd.
func warn(streams Streams, c *config.Config) {
	for _, w := range c.Warnings {
		_, _ = fmt.Fprintln(streams.Err, "orbit: warning: "+w)
	}
}
