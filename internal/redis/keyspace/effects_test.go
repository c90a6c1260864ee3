package keyspace

import (
	"strings"
	"testing"
)

func TestADroppedUnitLeavesTheOthers(t *testing.T) {
	var e Effects
	add := func(line string) {
		e.Begin(0)
		for _, word := range strings.Fields(line) {
			e.WordString(word)
		}
	}
	e.DropUnit()
	add("SET a 1")
	e.EndUnit()
	add("SET b 2")
	add("DEL c d")
	e.DropUnit()
	add("SET e 3")
	var units []string
	for unit := range e.Units() {
		for i := range unit.Len() {
			_, words := unit.Words(i)
			var line []string
			for word := range words {
				line = append(line, string(word))
			}
			units = append(units, strings.Join(line, " "))
		}
	}
	if got := strings.Join(units, "; "); got != "SET a 1; SET e 3" {
		t.Error(got)
	}
}
