// Package all collects the commands of every group into one registry. A new
// group is added to the list in all.go and nowhere else.
package all
