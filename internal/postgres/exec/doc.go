// Package exec runs plans: operators that pass batches of rows, expressions
// compiled to work on whole columns, row-changing operators, COPY's row intake.
//
// It may import plan, table, catalog, builtin, vec, types, pgerr. It knows no
// protocol and no parse tree. Start at cursor.go, then build.go, which maps each
// plan node to its operator.
package exec
