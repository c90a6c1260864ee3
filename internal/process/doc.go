// Package process tells what this process takes of its machine. Both towers and the
// admin endpoint may ask it; it imports nothing of orbit's.
package process
