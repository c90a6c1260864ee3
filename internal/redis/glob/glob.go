package glob

// Match reports whether s matches pattern by redis-server's rules: * any bytes,
// ? one byte, [abc] [a-z] [^a] a class, \ the next byte itself. Its time is at
// most the product of the lengths: a hostile pattern cannot blow it up.
func Match(pattern, s []byte) bool { return match(pattern, s, false) }

// MatchFold is Match without regard to the case of ASCII letters.
func MatchFold(pattern, s []byte) bool { return match(pattern, s, true) }

func match(pattern, s []byte, fold bool) bool {
	p, i := 0, 0
	// After a *, where to go on when what follows does not match: only the
	// last * needs to be remembered.
	starP, starI := -1, 0
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			starP, starI = p+1, i
			p++
			continue
		}
		if p < len(pattern) {
			if next, ok := one(pattern, p, s[i], fold); ok {
				p = next
				i++
				continue
			}
		}
		if starP < 0 {
			return false
		}
		starI++
		p, i = starP, starI
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// one matches c against the single-byte element at p and returns where the next
// element begins.
func one(pattern []byte, p int, c byte, fold bool) (next int, ok bool) {
	switch pattern[p] {
	case '?':
		return p + 1, true
	case '[':
		return class(pattern, p+1, c, fold)
	case '\\':
		if p+1 < len(pattern) {
			p++
		}
	}
	return p + 1, equal(pattern[p], c, fold)
}

// class matches c against the class whose content begins at p. A class that is
// not closed ends with the pattern.
func class(pattern []byte, p int, c byte, fold bool) (next int, ok bool) {
	negated := p < len(pattern) && pattern[p] == '^'
	if negated {
		p++
	}
	if fold {
		c = lower(c)
	}
	found := false
	for ; p < len(pattern) && pattern[p] != ']'; p++ {
		switch {
		case pattern[p] == '\\' && p+1 < len(pattern):
			p++
			found = found || equal(pattern[p], c, fold)
		case p+2 < len(pattern) && pattern[p+1] == '-':
			from, to := pattern[p], pattern[p+2]
			if from > to {
				from, to = to, from
			}
			if fold {
				from, to = lower(from), lower(to)
			}
			found = found || (c >= from && c <= to)
			p += 2
		default:
			found = found || equal(pattern[p], c, fold)
		}
	}
	if p < len(pattern) {
		p++ // the closing bracket
	}
	return p, found != negated
}

// Prefix is the literal text that every match of pattern begins with, and
// whether the pattern is nothing but that text.
func Prefix(pattern []byte) (prefix []byte, exact bool) {
	for p := 0; p < len(pattern); p++ {
		switch pattern[p] {
		case '*', '?', '[':
			return prefix, false
		case '\\':
			if p+1 < len(pattern) {
				p++
			}
		}
		prefix = append(prefix, pattern[p])
	}
	return prefix, true
}

func equal(a, b byte, fold bool) bool {
	return a == b || fold && lower(a) == lower(b)
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
