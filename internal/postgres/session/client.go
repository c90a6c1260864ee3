package session

import (
	"io"

	"github.com/orbit-server/orbit/internal/postgres/pgerr"
	"github.com/orbit-server/orbit/internal/postgres/plan"
	"github.com/orbit-server/orbit/internal/postgres/types"
	"github.com/orbit-server/orbit/internal/postgres/vec"
)

// Client is the other end of a session: it takes what statements give, in the
// protocol's order. Errors of its methods end the connection, not the statement.
type Client interface {
	// RowDescription announces rows; formats is as a Bind message has it: none for
	// all text, one for all columns, or one each.
	RowDescription(cols []plan.ResultColumn, formats []int16)
	// Rows sends the rows of a batch, in the announced columns and formats.
	Rows(cols []plan.ResultColumn, formats []int16, b *vec.Batch, f *types.Format) error
	// Complete ends a statement: its command tag, with the number of rows unless
	// rows is negative.
	Complete(tag string, rows int64)
	// Empty stands for the completion of an empty statement.
	Empty()
	// Notice sends a notice or warning.
	Notice(n *pgerr.Error)
	// Parameter tells a setting that clients are told of.
	Parameter(name, value string)
	// Notification delivers NOTIFY.
	Notification(pid int32, channel, payload string)
	// CopyIn asks the client for data and gives it as a stream, whose error is
	// what ended it early. columns and binary describe the format.
	CopyIn(columns int, binary bool) (io.Reader, error)
	// CopyOut announces data; CopyData sends a piece of it, CopyDone ends it.
	CopyOut(columns int, binary bool)
	CopyData(p []byte) error
	CopyDone()
	// Wake makes a client that waits for the network call Session.Idle; it is the
	// only method that other goroutines call.
	Wake()
}
