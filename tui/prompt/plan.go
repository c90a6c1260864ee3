package prompt

import (
	"encoding/json"
	"fmt"
	"strings"
)

// node is a step of a plan, as EXPLAIN (FORMAT JSON) gives it.
type node struct {
	Type      string   `json:"Node Type"`
	Relation  string   `json:"Relation Name"`
	Index     string   `json:"Index Name"`
	Direction string   `json:"Scan Direction"`
	Join      string   `json:"Join Type"`
	Startup   float64  `json:"Startup Cost"`
	Total     float64  `json:"Total Cost"`
	Rows      float64  `json:"Plan Rows"`
	Time      *float64 `json:"Actual Total Time"`
	Got       *float64 `json:"Actual Rows"`
	Loops     *float64 `json:"Actual Loops"`
	Plans     []node   `json:"Plans"`
	rest      map[string]any
}

// UnmarshalJSON keeps what the fields do not hold.
func (n *node) UnmarshalJSON(b []byte) error {
	type plain node
	if err := json.Unmarshal(b, (*plain)(n)); err != nil {
		return err
	}
	return json.Unmarshal(b, &n.rest)
}

// detailNames are what is shown of a step under it, in order.
var detailNames = []string{"Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond", "Join Filter", "Filter", "Sort Key", "Group Key", "Output"}

// planTree draws a plan as a tree; ok is false if the text is none.
func planTree(text string) (lines []string, ok bool) {
	var plans []struct {
		Plan      node     `json:"Plan"`
		Planning  *float64 `json:"Planning Time"`
		Execution *float64 `json:"Execution Time"`
	}
	if err := json.Unmarshal([]byte(text), &plans); err != nil || len(plans) == 0 || plans[0].Plan.Type == "" {
		return nil, false
	}
	for i := range plans {
		p := &plans[i]
		lines = p.Plan.draw(lines, "", "", p.Plan.Total)
		if p.Planning != nil {
			lines = append(lines, fmt.Sprintf("planning %.3f ms", *p.Planning))
		}
		if p.Execution != nil {
			lines = append(lines, fmt.Sprintf("execution %.3f ms", *p.Execution))
		}
	}
	return lines, true
}

// draw adds a step and those below it. whole is the cost of all.
func (n *node) draw(lines []string, first, rest string, whole float64) []string {
	title := n.Type
	if n.Join != "" && n.Join != "Inner" {
		title += " (" + strings.ToLower(n.Join) + ")"
	}
	if n.Direction == "Backward" {
		title += " backward"
	}
	if n.Index != "" {
		title += " using " + n.Index
	}
	if n.Relation != "" {
		title += " on " + n.Relation
	}
	facts := fmt.Sprintf("cost %.2f, rows %.0f", n.Total, n.Rows)
	if n.Time != nil && n.Got != nil {
		facts = fmt.Sprintf("%.3f ms, rows %.0f (planned %.0f)", *n.Time, *n.Got, n.Rows)
		if n.Loops != nil && *n.Loops > 1 {
			facts += fmt.Sprintf(", %.0f times", *n.Loops)
		}
	}
	lines = append(lines, fmt.Sprintf("%s%s  %s  %s", first, title, bar(n.Total, whole), facts))
	below := rest + "│ "
	if len(n.Plans) == 0 {
		below = rest + "  "
	}
	for _, name := range detailNames {
		if v, has := n.rest[name]; has {
			lines = append(lines, fmt.Sprintf("%s  %s: %s", below, strings.ToLower(name), detailText(v)))
		}
	}
	for i := range n.Plans {
		if i == len(n.Plans)-1 {
			lines = n.Plans[i].draw(lines, rest+"└─ ", rest+"   ", whole)
		} else {
			lines = n.Plans[i].draw(lines, rest+"├─ ", rest+"│  ", whole)
		}
	}
	return lines
}

func detailText(v any) string {
	list, ok := v.([]any)
	if !ok {
		return fmt.Sprint(v)
	}
	texts := make([]string, len(list))
	for i := range list {
		texts[i] = fmt.Sprint(list[i])
	}
	return strings.Join(texts, ", ")
}

// barWidth is how wide the whole cost is drawn.
const barWidth = 10

// bar draws a part of the whole.
func bar(part, whole float64) string {
	n := 0
	if whole > 0 {
		n = max(min(int(part/whole*barWidth+0.5), barWidth), 0)
	}
	return strings.Repeat("█", n) + strings.Repeat("░", barWidth-n)
}
