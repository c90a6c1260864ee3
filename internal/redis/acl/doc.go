// Package acl is redis-server's access control: users with their passwords and
// selectors, the rules that ACL SETUSER and ACL files write them in, whether a
// user may run a command, and the log of what was denied.
//
// What a user may do is immutable once published, so that a session checks a
// command without a lock; changing a user publishes new permissions. It imports
// glob and resp and knows commands by the table it is given. Start at users.go, then
// user.go and selector.go; describe.go writes rules back.
package acl
