package tables

import (
	"fmt"
	"strings"

	"github.com/orbit-server/orbit/tui/source"
	"github.com/orbit-server/orbit/tui/widget"
)

// describeGrids fills the tabs beside the rows.
func (r *relation) describeGrids() {
	r.structure = refill(r.structure, structureColumns, structureRows(r.rel))
	r.indexes = refill(r.indexes, indexColumns, indexRows(r.rel))
	if r.definition == nil {
		r.definition = widget.NewViewer(widget.ViewerStyles{})
	}
	if string(r.definition.Value()) != r.rel.Definition {
		r.definition.Set([]byte(r.rel.Definition))
	}
}

// refill gives a grid its rows, and keeps its cursor if there was one.
func refill(g *widget.Grid, columns []widget.Column, rows []widget.Row) *widget.Grid {
	w := widget.Window{Rows: rows, First: true, Last: true}
	if g != nil {
		g.Reload(w)
		return g
	}
	g = widget.NewGrid(widget.GridStyles{})
	g.SetColumns(columns)
	g.Load(w)
	return g
}

var structureColumns = []widget.Column{{Title: "column"}, {Title: "type"}, {Title: "null"}, {Title: "key"}, {Title: "default"}}

func structureRows(rel *source.Relation) (rows []widget.Row) {
	for i := range rel.Columns {
		c := &rel.Columns[i]
		key, null, value := "", "", c.Default
		for place, k := range rel.Key {
			if k == i {
				key = fmt.Sprintf("primary %d", place+1)
			}
		}
		if !c.NotNull {
			null = "yes"
		}
		switch {
		case c.Generated:
			value = "generated: " + value
		case c.Identity:
			value = "identity"
		}
		rows = append(rows, widget.Row{ID: c.Name, Cells: []widget.Cell{{Text: c.Name}, {Text: c.Type}, {Text: null}, {Text: key}, {Text: value}}})
	}
	return rows
}

var indexColumns = []widget.Column{{Title: "name"}, {Title: "kind"}, {Title: "size", Right: true}, {Title: "definition"}}

// indexRows are the indexes, then the constraints.
func indexRows(rel *source.Relation) (rows []widget.Row) {
	for i := range rel.Indexes {
		x := &rel.Indexes[i]
		kind := "index"
		switch {
		case x.Primary:
			kind = "primary key"
		case x.Unique:
			kind = "unique index"
		}
		rows = append(rows, widget.Row{ID: "i" + x.Name, Cells: []widget.Cell{
			{Text: x.Name}, {Text: kind}, {Text: widget.Bytes(x.Bytes)}, {Text: strings.ReplaceAll(x.Definition, "\n", " ")},
		}})
	}
	for i := range rel.Constraints {
		c := &rel.Constraints[i]
		rows = append(rows, widget.Row{ID: "c" + c.Name, Cells: []widget.Cell{
			{Text: c.Name}, {Text: constraintKind(c.Kind)}, {}, {Text: strings.ReplaceAll(c.Definition, "\n", " ")},
		}})
	}
	return rows
}

func constraintKind(kind byte) string {
	switch kind {
	case 'p':
		return "primary key"
	case 'u':
		return "unique"
	case 'f':
		return "foreign key"
	case 'c':
		return "check"
	case 'n':
		return "not null"
	}
	return "constraint"
}
