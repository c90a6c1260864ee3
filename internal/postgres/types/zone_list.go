package types

// ZoneNames lists the time zones that have a name. The caller must not modify it.
func ZoneNames() []string { return zoneNames }
