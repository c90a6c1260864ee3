package server

import (
	_ "embed"
	"strings"
)

// tipText is what redis-server tips clients and proxies about commands.
//
//go:embed tips.txt
var tipText string

var tips = parseTips(tipText)

func parseTips(text string) map[string][]string {
	tips := make(map[string][]string)
	for line := range strings.Lines(text) {
		if name, words, ok := strings.Cut(line, ": "); ok && !strings.HasPrefix(line, "#") {
			tips[name] = strings.Fields(words)
		}
	}
	return tips
}
