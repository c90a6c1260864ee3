package parser

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// Statement is one statement of a text. It is shared by all who parse the same
// text: Node must not be modified.
type Statement struct {
	Node *pg_query.Node
	// Text is the statement's source without the spaces around it; Start and End
	// are its bytes in the whole text, to which locations in Node refer.
	Text       string
	Start, End int
	Kind       Kind
	// Params is the highest $n of the whole text.
	Params int
}

// Kind says who runs a statement.
type Kind uint8

// Kinds of statement.
const (
	// Query is planned: SELECT, VALUES, INSERT, UPDATE, DELETE, MERGE.
	Query Kind = iota
	// Transaction is BEGIN, COMMIT, SAVEPOINT and the like.
	Transaction
	// Session is a command about the connection: SET, SHOW, PREPARE, DECLARE,
	// COPY, EXPLAIN, LISTEN, LOCK, …
	Session
	// Definition is DDL.
	Definition
)

func kindOf(n *pg_query.Node) Kind {
	switch n.GetNode().(type) {
	case *pg_query.Node_SelectStmt, *pg_query.Node_InsertStmt, *pg_query.Node_UpdateStmt,
		*pg_query.Node_DeleteStmt, *pg_query.Node_MergeStmt:
		return Query
	case *pg_query.Node_TransactionStmt:
		return Transaction
	case *pg_query.Node_VariableSetStmt, *pg_query.Node_VariableShowStmt, *pg_query.Node_DiscardStmt,
		*pg_query.Node_PrepareStmt, *pg_query.Node_ExecuteStmt, *pg_query.Node_DeallocateStmt,
		*pg_query.Node_DeclareCursorStmt, *pg_query.Node_FetchStmt, *pg_query.Node_ClosePortalStmt,
		*pg_query.Node_CopyStmt, *pg_query.Node_ExplainStmt, *pg_query.Node_LockStmt,
		*pg_query.Node_ListenStmt, *pg_query.Node_UnlistenStmt, *pg_query.Node_NotifyStmt,
		*pg_query.Node_VacuumStmt, *pg_query.Node_CheckPointStmt, *pg_query.Node_ReindexStmt,
		*pg_query.Node_ClusterStmt, *pg_query.Node_ConstraintsSetStmt, *pg_query.Node_LoadStmt,
		*pg_query.Node_DoStmt, *pg_query.Node_CallStmt, *pg_query.Node_AlterSystemStmt:
		return Session
	}
	return Definition
}

// Parse gives the statements of a text, none for an empty one. Errors carry
// SQLSTATE 42601 and the position, 54001 for input that is too deep or too big,
// 22021 for bytes that are no UTF-8.
func Parse(sql string) ([]Statement, error) {
	text, err := check(sql)
	if err != nil {
		return nil, err
	}
	tree, err := parseRaw(text)
	if err != nil {
		return nil, err
	}
	stmts := make([]Statement, 0, len(tree.Stmts))
	params := 0
	if strings.IndexByte(sql, '$') >= 0 {
		params = highestParam(sql)
	}
	for _, raw := range tree.Stmts {
		start := int(raw.StmtLocation)
		end := len(sql)
		if raw.StmtLen > 0 {
			end = start + int(raw.StmtLen)
		}
		// Comments stay in Text where they stand inside the statement only.
		for start < end && classes[text[start]]&classSpace != 0 {
			start++
		}
		for end > start && classes[text[end-1]]&classSpace != 0 {
			end--
		}
		stmts = append(stmts, Statement{
			Node: raw.Stmt, Text: sql[start:end], Start: start, End: end, Kind: kindOf(raw.Stmt), Params: params,
		})
	}
	return stmts, nil
}

// highestParam is the greatest n of the $n in a text.
func highestParam(sql string) int {
	s := scanner{src: sql}
	most := 0
	for t := s.next(); t.kind != tokEOF; t = s.next() {
		if t.kind != tokParam || t.end-t.start > 6 {
			continue
		}
		n := 0
		for _, c := range []byte(sql[t.start+1 : t.end]) {
			n = n*10 + int(c-'0')
		}
		most = max(most, n)
	}
	return most
}
