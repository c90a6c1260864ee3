package types

import (
	"bytes"
	"testing"
)

func TestInetBinary(t *testing.T) {
	for s, want := range map[string][]byte{
		"127.0.0.1":   {2, 32, 0, 4, 127, 0, 0, 1},
		"10.0.0.0/8":  {2, 8, 0, 4, 10, 0, 0, 0},
		"::1":         {3, 128, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
		"fe80::1%eth": {3, 128, 0, 16, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
	} {
		got, err := AppendBinary(nil, InetOID, Text(s))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s gives %v, %v", s, got, err)
		}
	}
	if _, err := AppendBinary(nil, InetOID, Text("nowhere")); err == nil {
		t.Error("no error for what is no address")
	}
}
