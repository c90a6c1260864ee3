package types

// isoTimestamp is the fast path for yyyy-mm-dd hh:mm:ss[.f][±hh[:mm]], which
// nearly all clients send. ok is false for all else: it may still be valid.
func isoTimestamp(s string) (local int64, offset int, zoned, ok bool) {
	if len(s) < 19 || s[10] != ' ' && s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return 0, 0, false, false
	}
	days, ok := isoDate(s[:10])
	if !ok {
		return 0, 0, false, false
	}
	h, ok1 := twoDigits(s[11:])
	m, ok2 := twoDigits(s[14:])
	sec, ok3 := twoDigits(s[17:])
	if !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || sec > 59 {
		return 0, 0, false, false
	}
	local = days*MicrosPerDay + int64(h)*MicrosPerHour + int64(m)*MicrosPerMinute + int64(sec)*MicrosPerSecond
	rest := s[19:]
	if rest != "" && rest[0] == '.' {
		end := 1
		for end < len(rest) && isDigit(rest[end]) {
			end++
		}
		us, ok := fractionMicros(rest[1:end])
		if !ok {
			return 0, 0, false, false
		}
		local += int64(us)
		rest = rest[end:]
	}
	if rest == "" {
		return local, 0, false, true
	}
	if rest == "Z" {
		return local, 0, true, true
	}
	if rest[0] != '+' && rest[0] != '-' || len(rest) != 3 && (len(rest) != 6 || rest[3] != ':') {
		return 0, 0, false, false
	}
	zh, ok1 := twoDigits(rest[1:])
	zm := 0
	if len(rest) == 6 {
		zm, ok2 = twoDigits(rest[4:])
	}
	if !ok1 || !ok2 || zh > 15 || zm > 59 {
		return 0, 0, false, false
	}
	offset = zh*3600 + zm*60
	if rest[0] == '-' {
		offset = -offset
	}
	return local, offset, true, true
}

// twoDigits reads the two digits that s begins with.
func twoDigits(s string) (int, bool) {
	if len(s) < 2 || !isDigit(s[0]) || !isDigit(s[1]) {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true
}
