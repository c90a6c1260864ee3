// Package harness holds what the official suites have in common: fetching a
// suite's source from Debian, building orbit, starting servers, and the files
// that scores are kept in. The suites stand beside it; nothing else imports it.
package harness
