package plan

import "github.com/orbit-server/orbit/internal/postgres/builtin"

// Volatility is the worst volatility of the functions that an expression calls.
func Volatility(e Expr) builtin.Volatility { return volatility(e) }
