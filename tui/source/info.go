package source

import (
	"fmt"
	"strings"

	"github.com/orbit-server/orbit/internal/redis/survey"
)

// parseKeyspace reads INFO's section of databases.
func parseKeyspace(text string) (list []survey.Database) {
	for line := range strings.SplitSeq(text, "\n") {
		var d survey.Database
		if n, _ := fmt.Sscanf(strings.TrimSpace(line), "db%d:keys=%d,expires=%d", &d.DB, &d.Keys, &d.WithTTL); n == 3 {
			list = append(list, d)
		}
	}
	if len(list) == 0 || list[0].DB != 0 {
		list = append([]survey.Database{{}}, list...)
	}
	return list
}
