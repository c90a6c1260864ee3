package sysview

import (
	_ "embed"
	"strings"

	"github.com/orbit-server/orbit/internal/postgres/builtin"
	"github.com/orbit-server/orbit/internal/postgres/types"
)

func init() {
	builtin.ProvideSet(map[string]builtin.SetFunc{
		"pg_options_to_table": optionsToTable,
		"pg_get_keywords":     getKeywords,
		// No table is partitioned: psql asks all the same.
		"pg_partition_ancestors": noRows,
		"pg_partition_tree":      noRows,
	})
}

func noRows(*builtin.Context, []types.Datum, func([]types.Datum) error) error { return nil }

// optionsToTable splits reloptions at the equals signs.
func optionsToTable(_ *builtin.Context, a []types.Datum, emit func([]types.Datum) error) error {
	for _, o := range a[0].Array().Items {
		if o.IsNull() {
			continue
		}
		name, value, given := strings.Cut(o.Str(), "=")
		d := null
		if given {
			d = text(value)
		}
		if err := emit([]types.Datum{text(name), d}); err != nil {
			return err
		}
	}
	return nil
}

// keywordRows lists PostgreSQL 15's keywords: word, category, and whether it can
// be a column label without AS.
//
//go:embed data/keywords.tsv
var keywordRows string

var (
	keywordCategories = map[string]string{
		"U": "unreserved", "C": "unreserved (cannot be function or type name)",
		"T": "reserved (can be function or type name)", "R": "reserved",
	}
	labelKinds = map[bool]string{true: "can be bare label", false: "requires AS"}
)

func getKeywords(_ *builtin.Context, _ []types.Datum, emit func([]types.Datum) error) error {
	for line := range strings.Lines(keywordRows) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		bare := f[2] == "t"
		if err := emit([]types.Datum{
			text(f[0]), text(f[1]), boolean(bare), text(keywordCategories[f[1]]), text(labelKinds[bare]),
		}); err != nil {
			return err
		}
	}
	return nil
}
