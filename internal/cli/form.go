package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// tableTarget is where `orbit import` puts rows.
type tableTarget struct {
	database      string
	table         string
	noHeader      bool
	noTransaction bool
}

func (t *tableTarget) flags(f *pflag.FlagSet) {
	f.StringVarP(&t.database, "database", "d", "postgres", "database of the tables")
	f.StringVarP(&t.table, "table", "t", "", "the file holds rows of this table, as CSV, Parquet or JSON Lines")
	f.BoolVar(&t.noHeader, "no-header", false, "the first line of CSV is a row: all columns in their order")
	f.BoolVar(&t.noTransaction, "no-transaction", false, "each statement of a script is a transaction of its own")
}

// ofTables tells whether a file of that form holds tables.
func (o *importOptions) ofTables(form string) bool {
	return form == "sql" || form == "csv" || form == "parquet" || form == "jsonl" && o.tables.table != ""
}

// checkForms finds flags that contradict each other, or what is known of the files'
// forms before they are opened.
func (o *importOptions) checkForms(cmd *cobra.Command) error {
	t := &o.tables
	tables, keys := o.ofTables(o.format) || t.table != "", o.format == "rdb" || o.format == "resp"
	for _, path := range o.files {
		form := o.format
		if form == "" {
			form = exportFormats[filepath.Ext(plainName(path))]
		}
		tables = tables || form == "sql" || form == "csv" || form == "parquet"
		switch {
		case (form == "csv" || form == "parquet") && t.table == "":
			return errors.New("rows of which table? Give --table")
		case form == "sql" && t.table != "":
			return errors.New("--table is for CSV, Parquet and JSON Lines: a script names its tables itself")
		case form == "sql" && o.onConflict != "fail":
			return errors.New("--on-conflict is for rows and keys: the statements of a script run as they are")
		case form != "csv" && form != "" && t.noHeader:
			return errors.New("--no-header is for CSV")
		}
	}
	switch {
	case t.table != "" && t.noTransaction:
		return errors.New("--no-transaction is for scripts: rows are imported all together")
	case o.dryRun && t.noTransaction:
		return errors.New("--dry-run and --no-transaction exclude each other: a dry run is a transaction that is taken back")
	case tables && keys:
		return fmt.Errorf("%s holds keys, not tables", o.format)
	case tables:
		return refuseFlags(cmd, keyFlags, "chooses keys, and this reads tables")
	case keys:
		return refuseFlags(cmd, tableFlags, "is for tables, and this reads keys")
	}
	return nil
}

// formOf tells the form of a file: by how it begins, and where that leaves it open by
// its name.
func (o *importOptions) formOf(path string, in *inFile) (string, error) {
	if o.format != "" {
		return o.format, nil
	}
	head, err := in.Peek(64)
	if err != nil && !errors.Is(err, io.EOF) { // a short file is told by what it has
		return "", unread(err)
	}
	named := exportFormats[filepath.Ext(plainName(path))]
	switch {
	case len(head) == 0 && (named != "jsonl" || o.tables.table == ""):
		return "", errors.New("the file is empty")
	case len(head) >= 5 && string(head[:5]) == "PGDMP":
		return "", errors.New("this is an archive of pg_dump: orbit reads its plain form, which pg_dump -Fp writes")
	case len(head) >= 4 && string(head[:4]) == "PAR1" && o.tables.table == "":
		return "", errors.New("rows of which table? This is a Parquet file: give --table")
	case len(head) >= 4 && string(head[:4]) == "PAR1":
		return "parquet", nil
	case named == "sql" || named == "csv" || named == "parquet":
		return named, nil
	case o.tables.table != "":
		if len(head) == 0 || head[0] == '{' {
			return "jsonl", nil
		}
		return "csv", nil
	case len(head) >= 5 && string(head[:5]) == "REDIS":
		return "resp", nil // perhaps with commands behind it
	case head[0] == '*' || head[0] == '#':
		return "resp", nil
	case head[0] == '{':
		return "jsonl", nil
	case script.Match(head):
		return "sql", nil
	}
	return "", errors.New("neither an RDB file, an append-only file, Parquet, JSON Lines nor SQL: tell its form with --format")
}

// script is how scripts of SQL begin.
var script = regexp.MustCompile(`(?i)^(\xef\xbb\xbf)?\s*(--|/\*|\\(un)?restrict\s|(set|select|create|begin|start|insert|copy|drop|alter|delete|update|truncate|with|comment)\s)`)
