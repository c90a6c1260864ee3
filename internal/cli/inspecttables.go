package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/postgres/dump"
)

// tablesQuery lists the tables of a database, the largest first. Row counts are those
// that the planner uses.
const tablesQuery = `select n.nspname || '.' || c.relname as "table", c.reltuples::bigint as rows, pg_total_relation_size(c.oid) as bytes,
	(select count(*) from pg_index i where i.indrelid = c.oid) as indexes, coalesce(a.amname, '') as method
	from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_am a on a.oid = c.relam
	where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by bytes desc, 1`

// tableList is that list for a summary.
func tableList(ctx context.Context, d *directory) (tables []map[string]any, err error) {
	conn, err := connectSQL(ctx, d, "", "postgres", func(*pgconn.Notice) {})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	results, err := conn.Exec(ctx, tablesQuery).ReadAll()
	if err != nil || len(results) == 0 {
		return nil, err
	}
	for _, row := range results[0].Rows {
		t := map[string]any{}
		for i, f := range results[0].FieldDescriptions {
			t[f.Name] = string(row[i])
			if n, err := strconv.ParseInt(string(row[i]), 10, 64); err == nil && dump.IsNumber(f.DataTypeOID) {
				t[f.Name] = n
			}
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// bytesOf is a number of bytes as tableList gives it.
func bytesOf(v any) string {
	if n, ok := v.(int64); ok && n >= 0 {
		return bytesText(uint64(n))
	}
	return "?"
}

// newQuery is a command that shows what a query gives.
func newQuery(streams Streams, cmd *cobra.Command, query func(args []string) []string) *cobra.Command {
	o := &sqlOptions{streams: streams, format: "table"}
	asJSON := false
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if o.config, err = config.Load(cmd.Flags()); err != nil {
			return usageError{err}
		}
		if asJSON {
			o.format = "json"
		}
		if dump.NewRowWriter(o.format, streams.Out) == nil {
			return callError{usageError{fmt.Errorf("bad --format %q: use table, json, jsonl or csv", o.format)}, cmd.CommandPath()}
		}
		return withDirectory(cmd.Context(), streams, o.config, works, func(d *directory) (err error) {
			s, err := openSQLSession(cmd.Context(), o, d)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.conn.Close(context.WithoutCancel(cmd.Context()))) }()
			if _, err := s.conn.Exec(cmd.Context(), "set default_transaction_read_only = on").ReadAll(); err != nil {
				return err
			}
			for _, q := range query(args) {
				if err := s.run(cmd.Context(), q); err != nil {
					return err
				}
			}
			return nil
		})
	}
	config.Flags(cmd.Flags())
	cmd.Flags().StringVarP(&o.database, "database", "d", "postgres", "database")
	cmd.Flags().StringVar(&o.format, "format", "table", "how to print rows: table, json, jsonl or csv")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as --format json")
	cmd.MarkFlagsMutuallyExclusive("format", "json")
	return cmd
}

func newInspectTables(streams Streams) *cobra.Command {
	return newQuery(streams, &cobra.Command{
		Use:   "tables",
		Short: "List tables with their rows, bytes and indexes",
		Example: `orbit inspect tables
orbit inspect tables --data-dir /var/lib/orbit --json`,
		Args: cobra.NoArgs,
	}, func([]string) []string { return []string{tablesQuery} })
}

func newInspectTable(streams Streams) *cobra.Command {
	return newQuery(streams, &cobra.Command{
		Use:     "table NAME",
		Short:   "Show a table: its columns, its indexes, and some rows",
		Example: `orbit inspect table orders`,
		Args:    cobra.ExactArgs(1),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, before string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeTables(cmd, nil, before)
		},
	}, func(args []string) []string {
		name := quoteLiteral(args[0]) + "::regclass"
		return []string{
			`select a.attname as "column", format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as not_null,
				pg_get_expr(d.adbin, d.adrelid) as "default"
				from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
				where a.attrelid = ` + name + ` and a.attnum > 0 and not a.attisdropped order by a.attnum`,
			`select c.relname as "index", pg_get_indexdef(i.indexrelid) as definition, pg_relation_size(i.indexrelid) as bytes
				from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = ` + name + ` order by 1`,
			`select * from ` + args[0] + ` limit 10`,
		}
	})
}

func newInspectSQL(streams Streams) *cobra.Command {
	return newQuery(streams, &cobra.Command{
		Use:     "sql QUERY",
		Short:   "Run a query that changes nothing",
		Example: `orbit inspect sql 'select count(*) from orders'`,
		Args:    cobra.ExactArgs(1),
	}, func(args []string) []string { return args })
}
