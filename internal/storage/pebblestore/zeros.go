package pebblestore

// Pebble cannot write a table that holds the empty key alone. So a key of zero
// bytes only, which the empty one is too, is stored with one more of them: the
// order of keys stays as it is. No other key changes.

// stored is the form of key in Pebble. nil stays nil, an open bound.
func stored(key []byte) []byte {
	if key == nil || len(key) > 0 && key[0] != 0 || !zeros(key) {
		return key
	}
	return make([]byte, len(key)+1)
}

// whole is the form of a key that is no bound: nil is the empty key.
func whole(key []byte) []byte {
	if key == nil {
		key = []byte{}
	}
	return stored(key)
}

// given is the key whose form in Pebble is key.
func given(key []byte) []byte {
	if key[0] != 0 || !zeros(key) {
		return key
	}
	return key[1:]
}

func zeros(key []byte) bool {
	for _, c := range key {
		if c != 0 {
			return false
		}
	}
	return true
}
