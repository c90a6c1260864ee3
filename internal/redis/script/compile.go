package script

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

const (
	// maxSource is the longest script that is compiled: a syntax tree takes about
	// a hundred times its source.
	maxSource = 4 << 20
	// maxNesting is how deep a syntax tree may be. The compiler recurses.
	maxNesting = 10000
	// maxOperands is how many strings one call joins.
	maxOperands = 50
)

// concatMark stands for the function that joins strings where a script has "..".
// No script can contain it.
var concatMark = "concat " + rand.Text()

// compile makes a prototype of source. Errors read as Lua's own.
//
// The operator ".." becomes a call of the package's own function, which bounds
// the result and writes numbers as Lua does: gopher-lua joins any number of
// strings in one step that nothing can stop.
func compile(source []byte, chunk string) (proto *lua.FunctionProto, err error) {
	if len(source) > maxSource {
		return nil, fmt.Errorf("%s:1: script is longer than %d bytes", chunk, maxSource)
	}
	defer func() {
		// The parser and the compiler panic where a limit is exceeded.
		if p := recover(); p != nil {
			proto, err = nil, fmt.Errorf("%s:1: %v", chunk, p)
		}
	}()
	if len(source) > 0 && source[0] == 0x1b {
		return nil, fmt.Errorf("%s:1: attempt to load a binary chunk", chunk)
	}
	tree, err := parse.Parse(bytes.NewReader(source), chunk)
	if err != nil {
		return nil, syntaxError(err, source, chunk)
	}
	w := rewriter{}
	if err := w.stmts(tree); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", chunk, w.line, err)
	}
	proto, err = lua.Compile(tree, chunk)
	if err != nil {
		var ce *lua.CompileError
		if errors.As(err, &ce) {
			return nil, fmt.Errorf("%s:%d: %s", chunk, ce.Line, ce.Message)
		}
		return nil, err
	}
	bindConcat(proto)
	return proto, nil
}

// bindConcat puts the function into the place that the mark holds.
func bindConcat(p *lua.FunctionProto) {
	for i, c := range p.Constants {
		if s, ok := c.(lua.LString); ok && string(s) == concatMark {
			p.Constants[i] = concatFunction
		}
	}
	for _, sub := range p.FunctionPrototypes {
		bindConcat(sub)
	}
}

var quotedToken = regexp.MustCompile(`^"(.*)"$`)

// syntaxError writes a parser's error as Lua does.
func syntaxError(err error, source []byte, chunk string) error {
	var api *lua.ApiError
	if errors.As(err, &api) && api.Cause != nil {
		err = api.Cause
	}
	var pe *parse.Error
	if !errors.As(err, &pe) {
		return fmt.Errorf("%s:1: %s", chunk, strings.TrimSpace(err.Error()))
	}
	if pe.Pos.Line == parse.EOF {
		return fmt.Errorf("%s:%d: unexpected symbol near '<eof>'", chunk, 1+bytes.Count(source, []byte("\n")))
	}
	token := quotedToken.ReplaceAllString(pe.Token, "$1")
	message := pe.Message
	if message == "syntax error" || message == "parse error" || message == "" {
		message = "'=' expected"
		if keyword[token] || token == "" || !isName(token) {
			message = "unexpected symbol"
		}
	}
	return fmt.Errorf("%s:%d: %s near '%s'", chunk, pe.Pos.Line, message, token)
}

var keyword = map[string]bool{
	"and": true, "break": true, "do": true, "else": true, "elseif": true, "end": true, "false": true,
	"for": true, "function": true, "if": true, "in": true, "local": true, "nil": true, "not": true,
	"or": true, "repeat": true, "return": true, "then": true, "true": true, "until": true, "while": true,
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

var (
	errNesting = errors.New("chunk has too many syntax levels")
	errNumber  = errors.New("malformed number")
)

// rewriter replaces the joining of strings, and measures how deep the tree is.
type rewriter struct {
	depth int
	line  int
}

// first is the first error of a list.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *rewriter) enter(at ast.PositionHolder) error {
	w.depth++
	w.line = at.Line()
	if w.depth > maxNesting {
		return errNesting
	}
	return nil
}

func (w *rewriter) stmts(list []ast.Stmt) error {
	for _, s := range list {
		if err := w.stmt(s); err != nil {
			return err
		}
	}
	return nil
}

func (w *rewriter) stmt(s ast.Stmt) error {
	if err := w.enter(s); err != nil {
		return err
	}
	defer func() { w.depth-- }()
	switch s := s.(type) {
	case *ast.AssignStmt:
		return first(w.exprs(s.Lhs), w.exprs(s.Rhs))
	case *ast.LocalAssignStmt:
		return w.exprs(s.Exprs)
	case *ast.FuncCallStmt:
		return w.expr(&s.Expr)
	case *ast.DoBlockStmt:
		return w.stmts(s.Stmts)
	case *ast.WhileStmt:
		return first(w.expr(&s.Condition), w.stmts(s.Stmts))
	case *ast.RepeatStmt:
		return first(w.expr(&s.Condition), w.stmts(s.Stmts))
	case *ast.IfStmt:
		return first(w.expr(&s.Condition), w.stmts(s.Then), w.stmts(s.Else))
	case *ast.NumberForStmt:
		return first(w.expr(&s.Init), w.expr(&s.Limit), w.expr(&s.Step), w.stmts(s.Stmts))
	case *ast.GenericForStmt:
		return first(w.exprs(s.Exprs), w.stmts(s.Stmts))
	case *ast.FuncDefStmt:
		return first(w.expr(&s.Name.Func), w.expr(&s.Name.Receiver), w.stmts(s.Func.Stmts))
	case *ast.ReturnStmt:
		return w.exprs(s.Exprs)
	}
	return nil
}

func (w *rewriter) exprs(list []ast.Expr) error {
	for i := range list {
		if err := w.expr(&list[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *rewriter) expr(at *ast.Expr) error {
	if *at == nil {
		return nil
	}
	if err := w.enter(*at); err != nil {
		return err
	}
	defer func() { w.depth-- }()
	switch e := (*at).(type) {
	case *ast.AttrGetExpr:
		return first(w.expr(&e.Object), w.expr(&e.Key))
	case *ast.TableExpr:
		for _, f := range e.Fields {
			if err := first(w.expr(&f.Key), w.expr(&f.Value)); err != nil {
				return err
			}
		}
	case *ast.FuncCallExpr:
		return first(w.expr(&e.Func), w.expr(&e.Receiver), w.exprs(e.Args))
	case *ast.LogicalOpExpr:
		return first(w.expr(&e.Lhs), w.expr(&e.Rhs))
	case *ast.RelationalOpExpr:
		return first(w.expr(&e.Lhs), w.expr(&e.Rhs))
	case *ast.ArithmeticOpExpr:
		return first(w.expr(&e.Lhs), w.expr(&e.Rhs))
	case *ast.UnaryMinusOpExpr:
		return w.expr(&e.Expr)
	case *ast.UnaryNotOpExpr:
		return w.expr(&e.Expr)
	case *ast.UnaryLenOpExpr:
		return w.expr(&e.Expr)
	case *ast.FunctionExpr:
		return w.stmts(e.Stmts)
	case *ast.NumberExpr:
		// gopher-lua takes what it cannot read for not-a-number.
		if _, err := strconv.ParseFloat(e.Value, 64); err != nil && !strings.HasPrefix(strings.ToLower(e.Value), "0x") &&
			!errors.Is(err, strconv.ErrRange) {
			return fmt.Errorf("%w near '%s'", errNumber, e.Value)
		}
	case *ast.StringConcatOpExpr:
		return w.concat(at, e)
	}
	return nil
}

// concat turns a .. b .. c, which associates to the right, into calls.
func (w *rewriter) concat(at *ast.Expr, e *ast.StringConcatOpExpr) error {
	var operands []ast.Expr
	line, last := e.Line(), e.LastLine()
	for {
		operands = append(operands, e.Lhs)
		next, ok := e.Rhs.(*ast.StringConcatOpExpr)
		if !ok {
			operands = append(operands, e.Rhs)
			break
		}
		e = next
	}
	if err := w.exprs(operands); err != nil {
		return err
	}
	if len(operands)/maxOperands > maxNesting {
		return errNesting
	}
	for len(operands) > 1 {
		from := max(len(operands)-maxOperands, 0)
		call := concatCall(append([]ast.Expr(nil), operands[from:]...))
		call.SetLine(line)
		call.SetLastLine(last)
		operands = append(operands[:from], call)
	}
	*at = operands[0]
	return nil
}

func concatCall(args []ast.Expr) *ast.FuncCallExpr {
	for i := range args {
		switch last := args[i].(type) { // one value each
		case *ast.FuncCallExpr:
			last.AdjustRet = true
		case *ast.Comma3Expr:
			last.AdjustRet = true
		}
	}
	return &ast.FuncCallExpr{Func: &ast.StringExpr{Value: concatMark}, Args: args, AdjustRet: true}
}
