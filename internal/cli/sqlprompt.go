package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/orbit-server/orbit/internal/postgres/dump"
	shared "github.com/orbit-server/orbit/internal/prompt"
)

const sqlHelp = `\q         leave
\d         list tables, views and sequences
\d NAME    describe one
\?         this list
A statement ends with a semicolon. Ctrl-C drops what was typed.
`

// prompt runs statements as they are typed, until the end of input or \q.
func (s *sqlSession) prompt(ctx context.Context) (err error) {
	words := append(tableNames(ctx, s.conn), shared.SQLWords...)
	p, err := newPrompt(shared.SQLHistory, s.promptText(""), func(before string) ([]string, int) {
		word := shared.LastWord(before)
		return shared.Matching(words, word), len(word)
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	typed := ""
	for ctx.Err() == nil {
		p.SetPrompt(s.promptText(typed))
		line, interrupted, done, err := p.line()
		switch {
		case err != nil || done:
			return err
		case interrupted:
			typed = ""
			continue
		case typed == "" && strings.HasPrefix(line, `\`):
			if err := p.SaveToHistory(line); err != nil {
				return err
			}
			if !s.meta(ctx, strings.Fields(line)) {
				return nil
			}
			continue
		}
		typed = strings.TrimLeft(typed+"\n"+line, "\n")
		if strings.TrimSpace(typed) == "" || !dump.Complete(typed) {
			continue
		}
		if err := p.SaveToHistory(shared.OneLine(typed)); err != nil {
			return err
		}
		s.tell(s.run(ctx, typed))
		typed = ""
		if s.conn.IsClosed() {
			return errors.New("the connection is lost")
		}
	}
	return nil
}

func (s *sqlSession) promptText(typed string) string {
	mark := map[byte]string{'I': "", 'T': "*", 'E': "!"}[s.conn.TxStatus()]
	if typed != "" {
		return s.o.database + "-" + mark + "> "
	}
	return s.o.database + "=" + mark + "> "
}

func (s *sqlSession) tell(err error) {
	if err != nil {
		_, _ = fmt.Fprintln(s.o.streams.Err, err)
	}
}

// meta runs a command that is not SQL; false ends the prompt.
func (s *sqlSession) meta(ctx context.Context, words []string) bool {
	switch {
	case words[0] == `\q`:
		return false
	case words[0] == `\?`:
		_, _ = fmt.Fprint(s.o.streams.Out, sqlHelp)
	case words[0] == `\d` && len(words) == 1:
		s.tell(s.run(ctx, `select n.nspname as "Schema", c.relname as "Name",
			case c.relkind when 'r' then 'table' when 'v' then 'view' when 'S' then 'sequence' else c.relkind::text end as "Type"
			from pg_class c join pg_namespace n on n.oid = c.relnamespace
			where c.relkind in ('r', 'v', 'S') and n.nspname not in ('pg_catalog', 'information_schema') order by 1, 2`))
	case words[0] == `\d`:
		s.tell(s.run(ctx, `select a.attname as "Column", format_type(a.atttypid, a.atttypmod) as "Type",
			case when a.attnotnull then 'not null' else '' end as "Nullable", coalesce(pg_get_expr(d.adbin, d.adrelid), '') as "Default"
			from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
			where a.attrelid = `+quoteLiteral(words[1])+`::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`))
	default:
		_, _ = fmt.Fprintf(s.o.streams.Err, "%s is not known here; \\? lists what is\n", words[0])
	}
	return true
}

func quoteLiteral(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// tableNames are for completion: without them the prompt works all the same.
func tableNames(ctx context.Context, conn *pgconn.PgConn) (names []string) {
	results := conn.Exec(ctx, `select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind in ('r', 'v', 'S') and n.nspname not in ('pg_catalog', 'information_schema') limit 10000`)
	all, err := results.ReadAll()
	if err != nil || len(all) == 0 {
		return nil
	}
	for _, row := range all[0].Rows {
		names = append(names, string(row[0]))
	}
	return names
}
