// Package ordered has the ordered map that stands under tables of recent writes and
// overlays: a B+ tree with strings for keys. Copies cost nothing, for a copy and its
// origin share what neither has changed since; a stretch of keys goes in the time that
// one key takes, which trees that keep their nodes full cannot do; and walking over keys
// is walking over arrays. Start at map.go; iter.go walks.
package ordered
