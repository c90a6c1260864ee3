package prompt

import (
	"regexp"
	"strings"

	"github.com/orbit-server/orbit/internal/prompt"
	"github.com/orbit-server/orbit/tui/source"
)

// maxCandidates is how many words are offered.
const maxCandidates = 200

// mentioned finds the relations of a statement, with what they are called in it.
var mentioned = regexp.MustCompile(`(?i)\b(?:from|join|update|into|table)\s+([\w".]+)(?:\s+(?:as\s+)?([\w"]+))?`)

// relationNext tells that a relation's name comes next.
var relationNext = regexp.MustCompile(`(?i)\b(?:from|join|update|into|table)\s+$`)

// complete gives the words that may stand at the end of what is before the cursor, and
// how many bytes of each stand there already.
func complete(w source.Words, statement, before string) (found []string, typed int) {
	word := prompt.LastWord(before)
	if i := strings.LastIndexAny(word, "=<>+-*/;"); i >= 0 {
		word = word[i+1:]
	}
	names := map[string]string{} // alias → relation
	for _, m := range mentioned.FindAllStringSubmatch(statement, -1) {
		names[m[1]] = m[1]
		if alias := m[2]; alias != "" && !sqlWords[strings.ToUpper(alias)] {
			names[alias] = m[1]
		}
	}
	if owner, column, ok := cutLast(word, "."); ok {
		if relation := names[owner]; relation != "" || w.Columns[owner] != nil {
			if relation == "" {
				relation = owner
			}
			return limited(prompt.Matching(w.Columns[relation], column)), len(column)
		}
	}
	seen := map[string]bool{}
	add := func(words []string) {
		for _, m := range prompt.Matching(words, word) {
			if !seen[m] {
				seen[m] = true
				found = append(found, m)
			}
		}
	}
	if relationNext.MatchString(before[:len(before)-len(word)]) {
		add(w.Relations)
		return limited(found), len(word)
	}
	for _, relation := range names {
		add(w.Columns[relation])
	}
	add(w.Relations)
	if word != "" {
		add(cased(word))
	}
	return limited(found), len(word)
}

// cased are the words of SQL in the case in which one is typed.
func cased(typed string) []string {
	if strings.ToUpper(typed) == typed {
		return prompt.SQLWords
	}
	lower := make([]string, len(prompt.SQLWords))
	for i, w := range prompt.SQLWords {
		lower[i] = strings.ToLower(w)
	}
	return lower
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func limited(words []string) []string { return words[:min(len(words), maxCandidates)] }

// common is the longest beginning that words share, in any case.
func common(words []string) string {
	if len(words) == 0 {
		return ""
	}
	first := words[0]
	for _, w := range words[1:] {
		n := 0
		for n < len(first) && n < len(w) && strings.EqualFold(first[n:n+1], w[n:n+1]) {
			n++
		}
		first = first[:n]
	}
	return first
}
