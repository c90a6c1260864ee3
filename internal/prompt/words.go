package prompt

import "strings"

// SQLWords are the words of SQL that can be completed.
var SQLWords = strings.Fields(`ALTER ANALYZE AND AS ASC BEGIN BETWEEN BY CASE COMMIT COPY CREATE DATABASE DEFAULT DELETE DESC DISTINCT
DROP ELSE END EXISTS EXPLAIN FALSE FROM FULL GROUP HAVING IN INDEX INNER INSERT INTO IS JOIN KEY LEFT LIKE LIMIT NOT NULL OFFSET ON OR
ORDER OUTER PRIMARY REFERENCES RETURNING RIGHT ROLLBACK SCHEMA SELECT SEQUENCE SET SHOW TABLE THEN TRUE TRUNCATE UNION UNIQUE UPDATE
USING VALUES VIEW WHEN WHERE WITH`)

// LastWord is what stands before the cursor since the last space.
func LastWord(before string) string {
	return before[strings.LastIndexAny(before, " \t\n(,")+1:]
}

// Matching are the words that begin with what was typed, in any case, as they are to
// be written.
func Matching(words []string, typed string) (found []string) {
	for _, w := range words {
		if len(w) >= len(typed) && strings.EqualFold(w[:len(typed)], typed) {
			found = append(found, w)
		}
	}
	return found
}

// Secret tells of a Redis command whether history must not keep it, for the sake of the
// passwords in it.
func Secret(words []string) bool {
	return len(words) > 0 && (strings.EqualFold(words[0], "auth") || strings.EqualFold(words[0], "acl"))
}
