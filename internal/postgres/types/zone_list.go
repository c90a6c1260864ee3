package types

// ZoneNames lists the time zones that have a name. The caller must not modify it.
func ZoneNames() []string { return zoneNames }

// ZoneAbbreviation is the offset, in seconds east of UTC, of an abbreviation in
// lower case.
func ZoneAbbreviation(name string) (seconds int, ok bool) {
	seconds, ok = zoneAbbreviations[name]
	return seconds, ok
}
