package cli

import (
	"io"

	"github.com/spf13/cobra"
)

// shells are those that cobra writes completions for.
var shells = []struct {
	name, example string
	write         func(root *cobra.Command, w io.Writer) error
}{
	{"bash", `# In this shell (needs the package bash-completion)
source <(orbit completion bash)

# In every new one
orbit completion bash > /etc/bash_completion.d/orbit`, func(root *cobra.Command, w io.Writer) error {
		return root.GenBashCompletionV2(w, true)
	}},
	{"zsh", `# In this shell (after autoload -U compinit; compinit)
source <(orbit completion zsh)

# In every new one
orbit completion zsh > "${fpath[1]}/_orbit"`, func(root *cobra.Command, w io.Writer) error {
		return root.GenZshCompletion(w)
	}},
	{"fish", `# In this shell
orbit completion fish | source

# In every new one
orbit completion fish > ~/.config/fish/completions/orbit.fish`, func(root *cobra.Command, w io.Writer) error {
		return root.GenFishCompletion(w, true)
	}},
	{"powershell", `# In this shell; the same line in the profile serves every new one
orbit completion powershell | Out-String | Invoke-Expression`, func(root *cobra.Command, w io.Writer) error {
		return root.GenPowerShellCompletionWithDesc(w)
	}},
}

func newCompletion(streams Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion",
		Short: "Write the completion script of a shell",
		Example: `source <(orbit completion bash)
orbit completion zsh --help`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, shell := range shells {
		cmd.AddCommand(&cobra.Command{
			Use:     shell.name,
			Short:   "Write the completion script of " + shell.name,
			Example: shell.example,
			Args:    cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				return shell.write(cmd.Root(), streams.Out)
			},
		})
	}
	return cmd
}
