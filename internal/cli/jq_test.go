package cli

import (
	"strings"
	"testing"
)

func TestJQ(t *testing.T) {
	dir := seeded(t)
	for _, tc := range []struct{ args, jq, want string }{
		{"inspect keys " + dir, `.keys[] | select(.type == "zset") | .key`, "zset\n{\"hex\":\"7a736574ff\"}\n"},
		{"inspect keys " + dir, `.matched`, "15\n"},
		{"check " + dir, `[.[].part]`, `["redis","postgres"]` + "\n"},
		{"redis --data-dir " + dir + " STRLEN number", `. + 1`, "6\n"},
		{"version", `keys | length > 0`, "true\n"},
		{"sql --data-dir " + dir + " --format jsonl SELECT/**/12345678901234567890.12/**/AS/**/n", `.n`, "12345678901234567890.12\n"},
	} {
		code, out, stderr := call(withJQ(tc.args, tc.jq)...)
		if code != ExitOK || out != tc.want {
			t.Errorf("%s --jq '%s': %d, %q, want %q; %s", tc.args, tc.jq, code, out, tc.want, stderr)
		}
	}
	if code, _, stderr := call("check", dir, "--jq", ".["); code != ExitUsage || !strings.HasPrefix(stderr, "orbit: bad --jq: ") {
		t.Errorf("%d, %s", code, stderr)
	}
	if code, _, stderr := call("check", dir, "--jq", ".part"); code != ExitFailure || !strings.Contains(stderr, "--jq: expected an object") {
		t.Errorf("%d, %s", code, stderr)
	}
	// The code says what the check found, whatever is printed of it.
	if code, _, _ := call("check", hurtDirectory(t), "--jq", "empty"); code != ExitDirectory {
		t.Errorf("%d", code)
	}
}

// withJQ puts the program before the words that are not flags.
func withJQ(args, program string) []string {
	words := strings.Fields(args)
	at := 1
	if words[0] == "inspect" {
		at = 2
	}
	return append(append(append([]string{}, words[:at]...), "--jq", program), words[at:]...)
}
