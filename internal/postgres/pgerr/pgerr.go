package pgerr

import (
	"errors"
	"fmt"

	"github.com/orbit-server/orbit/internal/storage"
)

// Error is a SQL error. Severity is ERROR unless set.
type Error struct {
	Severity   string // ERROR, FATAL, PANIC; WARNING, NOTICE, … for notices
	Code       string // SQLSTATE
	Message    string
	Detail     string
	Hint       string
	Position   int // in characters of the query, from 1; 0 is none
	Where      string
	Schema     string
	Table      string
	Column     string
	DataType   string
	Constraint string
}

func (e *Error) Error() string { return e.Message + " (SQLSTATE " + e.Code + ")" }

// New makes an error with a formatted message.
func New(code, format string, args ...any) *Error {
	return &Error{Severity: "ERROR", Code: code, Message: fmt.Sprintf(format, args...)}
}

// WithDetail, and its like below, set a field and return the same error.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = fmt.Sprintf(format, args...)
	return e
}

// WithHint sets the hint.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}

// At sets the position, given as a byte offset from 0 in the parser's way (−1
// is unknown). The session turns bytes into characters before it goes out.
func (e *Error) At(location int32) *Error {
	if location >= 0 && e.Position == 0 {
		e.Position = int(location) + 1
	}
	return e
}

// From finds the SQL error in err, or wraps it: as 53100 disk_full if that is what it is,
// else as XX000 internal_error.
func From(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return ofDisk(InternalError, err, err.Error())
}

// IO is a failure of files: 58030 io_error, or 53100 disk_full with what to do about it.
func IO(err error, format string, args ...any) *Error {
	return ofDisk(IOError, err, fmt.Sprintf(format, args...)+": "+err.Error())
}

func ofDisk(otherwise string, err error, message string) *Error {
	if storage.FullDisk(err) {
		return New(DiskFull, "%s", message).WithHint("To go on, %s.", storage.FullDiskAdvice)
	}
	return New(otherwise, "%s", message)
}

// Code is the SQLSTATE of err, "" if it is none of ours.
func Code(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}
