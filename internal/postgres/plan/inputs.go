package plan

// Inputs implements Node; so its like below.
func (n *Filter) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Project) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *ProjectSet) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *NestLoop) Inputs() []Node { return []Node{n.Outer, n.Inner} }

// Inputs implements Node.
func (n *HashJoin) Inputs() []Node { return []Node{n.Outer, n.Inner} }

// Inputs implements Node.
func (n *MergeJoin) Inputs() []Node { return []Node{n.Outer, n.Inner} }

// Inputs implements Node.
func (n *Sort) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Limit) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Aggregate) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Window) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Unique) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *HashDistinct) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Append) Inputs() []Node { return n.List }

// Inputs implements Node.
func (n *SetOp) Inputs() []Node { return []Node{n.Left, n.Right} }

// Inputs implements Node. The CTEs' plans come before the input.
func (n *With) Inputs() []Node {
	out := make([]Node, 0, len(n.CTEs)+1)
	for _, c := range n.CTEs {
		out = append(out, c.Plan)
	}
	return append(out, n.Input)
}

// Inputs implements Node.
func (n *RecursiveUnion) Inputs() []Node { return []Node{n.Start, n.Step} }

// Inputs implements Node.
func (n *Materialize) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *LockRows) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Insert) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Update) Inputs() []Node { return []Node{n.Input} }

// Inputs implements Node.
func (n *Delete) Inputs() []Node { return []Node{n.Input} }
