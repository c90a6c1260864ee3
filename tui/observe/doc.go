// Package observe shows what the server does: charts of the last minutes, clients, what
// was slow, events as they happen, actors, and the modes, which can be switched here.
// Nothing is shown that is not measured, and what makes no sense without a server is
// said not to.
//
// Start at world.go; sheet.go is what the lists have in common.
package observe
