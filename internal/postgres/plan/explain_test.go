package plan

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// TestPlans shows what is chosen for statements. Commands: plan (with costs as
// an option), table (more tables for the file), rows (a table's size).
func TestPlans(t *testing.T) {
	datadriven.Walk(t, "testdata/plans", func(t *testing.T, path string) {
		f := newShop(t)
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "table":
				f.exec(d.Input)
				return ""
			case "rows":
				var name string
				var n int
				d.ScanArgs(t, "table", &name)
				d.ScanArgs(t, "n", &n)
				f.rows[name] = float64(n)
				return ""
			}
			p, err := f.build(strings.TrimSpace(d.Input))
			if err != nil {
				e := pgerr.From(err)
				return describeError(e.Code, e.Message, e.Detail, e.Hint, e.Position)
			}
			o := ExplainOptions{Costs: d.HasArg("costs"), Verbose: d.HasArg("verbose"), JSON: d.HasArg("json")}
			return strings.Join(Explain(p, o), "\n") + "\n"
		})
	})
}
