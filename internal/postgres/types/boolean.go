package types

import "strings"

// parseBool takes any unambiguous beginning of true, false, yes, no, on, off,
// or 1 and 0.
func parseBool(s string) (bool, error) {
	t := trimSpace(s)
	switch len(t) {
	case 0:
		return false, invalidSyntax(BoolOID, s)
	case 1:
		switch t[0] {
		case 't', 'T', 'y', 'Y', '1':
			return true, nil
		case 'f', 'F', 'n', 'N', '0':
			return false, nil
		}
		return false, invalidSyntax(BoolOID, s)
	}
	if len(t) <= len("false") {
		switch l := strings.ToLower(t); {
		case strings.HasPrefix("true", l), strings.HasPrefix("yes", l), l == "on":
			return true, nil
		case strings.HasPrefix("false", l), strings.HasPrefix("no", l), strings.HasPrefix("off", l):
			return false, nil
		}
	}
	return false, invalidSyntax(BoolOID, s)
}
