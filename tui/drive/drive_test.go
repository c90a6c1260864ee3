package drive

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/cockroachdb/datadriven"

	"github.com/orbit-server/orbit/tui/keymap"
)

// TestMain keeps the history, places and settings of who runs the tests out of them.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		home, err := os.MkdirTemp("", "orbit-drive")
		if err != nil {
			panic(err)
		}
		defer func() { _ = os.RemoveAll(home) }()
		for _, name := range []string{"XDG_STATE_HOME", "XDG_CONFIG_HOME"} {
			if err := os.Setenv(name, filepath.Join(home, name)); err != nil {
				panic(err)
			}
		}
		return m.Run()
	}())
}

// TestScenarios runs the files of testdata, each on data of its own. The words:
//
//	redis            run the commands that follow, one a line
//	sql              run the statements that follow
//	start 80x24      open the UI, with the arguments live, read-only, plain (no colours)
//	                 and keys, which takes key bindings from what follows
//	press j enter    press keys, one after another
//	type             type the text that follows
//	click TEXT       click where a text is seen
//	rest             wait until nothing moves any more
//	wheel down 3     turn the wheel over the middle of the screen
//	wait             wait until each line that follows is seen
//	gone             wait until none of the lines that follow is seen
//	see, not-see     each line that follows is, or is not, seen now
//	resize 40x10     change the size
//	screen           print the screen when it has come to rest; with colours if told to,
//	                 or masked: with # for figures that are others in every run
//	stop, restart    end the server, and start it again on the same directory
//	quit             press q, and see that the program ends
//
// Run with -rewrite to write what is printed into the files.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		t.Parallel() // they wait more than they work
		d := newDriver(t)
		datadriven.RunTest(t, path, func(t *testing.T, data *datadriven.TestData) string {
			d.t = t
			return d.run(data)
		})
	})
}

func (d *driver) run(data *datadriven.TestData) string {
	args := make([]string, 0, len(data.CmdArgs))
	for _, a := range data.CmdArgs {
		args = append(args, a.String())
	}
	lines := strings.Split(data.Input, "\n")
	switch data.Cmd {
	case "redis":
		d.redis(lines)
	case "sql":
		d.sql(data.Input)
	case "start":
		d.start(args, data.Input)
	case "press":
		for _, k := range args {
			d.send(keymap.Press(k))
		}
	case "type":
		for _, r := range data.Input {
			d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	case "click":
		d.click(data.Input)
	case "rest":
		d.rest()
	case "wheel":
		d.wheel(args)
	case "wait":
		d.wait(lines)
	case "gone":
		for _, l := range lines {
			d.until("the end of "+l, func() bool { return !strings.Contains(d.screen(), l) })
		}
	case "see":
		for _, l := range lines {
			if s := d.screen(); !strings.Contains(s, l) {
				d.t.Fatalf("%s: %q is not seen:\n%s", data.Pos, l, s)
			}
		}
	case "not-see":
		for _, l := range lines {
			if s := d.screen(); strings.Contains(s, l) {
				d.t.Fatalf("%s: %q is seen:\n%s", data.Pos, l, s)
			}
		}
	case "resize":
		d.resize(args[0])
	case "screen":
		d.rest()
		text := d.screen()
		if slices.Contains(args, "colours") {
			text = strings.ReplaceAll(d.shown(), "\x1b", "␛")
		}
		if slices.Contains(args, "masked") {
			text = masked(text)
		}
		return text + "\n"
	case "stop":
		d.stopServer()
	case "restart":
		d.startServer()
	case "quit":
		d.quit()
	default:
		d.t.Fatalf("%s: there is no word %q", data.Pos, data.Cmd)
	}
	return ""
}

var (
	colour  = regexp.MustCompile(`␛\[[0-9;]*m`)
	figures = regexp.MustCompile(` *\b[0-9][0-9.,:/a-zA-Zµ%+-]* *|[▁▂▃▄▅▆▇█⠀-⣿]+`)
	blanks  = regexp.MustCompile(` {2,}`)
)

// masked has # for each figure and chart, and one space for many: how wide a figure is
// decides how far what follows it is moved.
func masked(text string) string {
	var b strings.Builder
	mask := func(s string) { b.WriteString(blanks.ReplaceAllString(figures.ReplaceAllString(s, " # "), " ")) }
	at := 0
	for _, c := range colour.FindAllStringIndex(text, -1) {
		mask(text[at:c[0]])
		b.WriteString(text[c[0]:c[1]])
		at = c[1]
	}
	mask(text[at:])
	return b.String()
}

// size reads 80x24.
func size(t *testing.T, text string) (width, height int) {
	t.Helper()
	if n, err := fmt.Sscanf(text, "%dx%d", &width, &height); n != 2 || err != nil {
		t.Fatalf("%q is no size", text)
	}
	return width, height
}

func (d *driver) wheel(args []string) {
	button := tea.MouseWheelDown
	if args[0] == "up" {
		button = tea.MouseWheelUp
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		d.t.Fatal(err)
	}
	for range n {
		d.send(tea.MouseWheelMsg{X: d.width * 2 / 3, Y: d.height / 2, Button: button})
	}
}

// bindings writes a file of key bindings.
func bindings(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tui.toml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
