package types

import (
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestBinaryFormat checks the binary form against what PostgreSQL's send
// functions give, in testdata/binary.tsv: type, send function, literal, hex.
func TestBinaryFormat(t *testing.T) {
	const path = "testdata/binary.tsv"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var conn *pgconn.PgConn
	if *update {
		conn = connect(t)
	}
	f := &Format{}
	applySetting(t, f, "TimeZone", "America/New_York")
	var out strings.Builder
	for n, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		cols := strings.Split(line, "\t")
		literal := unescape.Replace(cols[2])
		if *update {
			name := cols[0]
			if name == "char" || name == "bit" {
				name = `pg_catalog."` + name + `"`
			}
			cols = append(cols[:3], sqlAnswer(t, conn, "select encode("+cols[1]+"("+quote(literal)+"::"+name+"), 'hex')"))
			line = strings.Join(cols, "\t")
		}
		fmt.Fprintln(&out, line)
		oid := ByName(cols[0]).OID
		d, err := Input(oid, literal, -1, f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := AppendBinary(nil, oid, d)
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(b); got != cols[3] {
			t.Errorf("line %d: %s %q:\n got %s\nwant %s", n+1, cols[0], literal, got, cols[3])
		}
		back, err := DecodeBinary(oid, b)
		if err != nil || Output(oid, back, f) != Output(oid, d, f) {
			t.Errorf("line %d: %s %q came back as %v, %v", n+1, cols[0], literal, show(oid, back), err)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
