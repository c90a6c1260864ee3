// Package syntax is the small grammar that command handlers parse their
// arguments with: required and optional pieces, flags, named values, one of
// several. It imports command for its errors and number formats only. Start at
// Parse.
package syntax
