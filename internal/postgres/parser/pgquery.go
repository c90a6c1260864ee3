package parser

import (
	"errors"
	"os"
	"sync"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v5"
	libpg "github.com/pganalyze/pg_query_go/v5/parser"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
)

// pgQuery admits one parse at a time. While it parses, libpg_query points file
// descriptor 2 at a pipe of its own, for the whole process (pg_query_parse.c):
// two at once could restore the other's pipe, and standard error would be lost
// for good.
var pgQuery sync.Mutex

func init() {
	// What the program writes to standard error meanwhile would go to that pipe,
	// so os.Stderr gets a descriptor of its own.
	fd, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return // no standard error to keep
	}
	os.Stderr = os.NewFile(uintptr(fd), os.Stderr.Name())
}

// parseRaw calls pg_query on text that the guard has passed.
func parseRaw(sql string) (*pg_query.ParseResult, error) {
	pgQuery.Lock()
	buf, err := libpg.ParseToProtobuf(sql)
	pgQuery.Unlock()
	if err != nil {
		return nil, syntaxError(sql, err)
	}
	tree := &pg_query.ParseResult{}
	if err := proto.Unmarshal(buf, tree); err != nil {
		// The guard keeps trees within what protobuf reads.
		return nil, pgerr.New(pgerr.StatementTooComplex, "statement is too complex").WithDetail("%s", err.Error())
	}
	return tree, nil
}

// syntaxError gives pg_query's message as PostgreSQL's error; its position
// counts characters from 1, ours bytes.
func syntaxError(sql string, err error) error {
	perr, ok := errors.AsType[*libpg.Error](err)
	if !ok {
		return pgerr.New(pgerr.SyntaxError, "%s", err.Error())
	}
	code := pgerr.SyntaxError
	switch perr.Message {
	case "memory exhausted", "stack depth limit exceeded":
		code = pgerr.StatementTooComplex
	}
	e := pgerr.New(code, "%s", perr.Message)
	if perr.Cursorpos > 0 {
		at := 0
		for n := 1; n < perr.Cursorpos && at < len(sql); n++ {
			_, size := utf8.DecodeRuneInString(sql[at:])
			at += size
		}
		e = e.At(int32(at))
	}
	return e
}

// Deparse writes a statement as SQL text.
func Deparse(stmt *pg_query.Node) (string, error) {
	tree := &pg_query.ParseResult{Stmts: []*pg_query.RawStmt{{Stmt: stmt}}}
	sql, err := pg_query.Deparse(tree)
	if err != nil {
		return "", pgerr.New(pgerr.InternalError, "cannot write the statement as text: %s", err.Error())
	}
	return sql, nil
}
