// Package pubsub is the commands on channels: subscribing, publishing, PUBSUB.
//
// The session keeps the subscriptions and the server delivers; the handlers only
// check and reply. It may import command, glob and resp.
package pubsub
