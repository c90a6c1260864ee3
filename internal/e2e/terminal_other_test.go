//go:build !linux

package e2e

import (
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// onTerminal needs pseudo-terminals, which each system opens in its own way.
func onTerminal(t *testing.T, _ *exec.Cmd) string {
	t.Helper()
	t.Skip("written for Linux's pseudo-terminals")
	return ""
}

// scriptTerminal is for scripts that are skipped where there is no Linux.
func scriptTerminal(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("written for Linux's pseudo-terminals")
}
