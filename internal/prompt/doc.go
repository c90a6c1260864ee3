// Package prompt is what the prompts of the command line and of the terminal UI share:
// the file in which history is kept, and the words that complete what is typed.
//
// It knows no terminal and no connection.
package prompt
