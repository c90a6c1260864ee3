package cli

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/admin"
)

func TestInspectLSM(t *testing.T) {
	dir := seeded(t)
	if code, _, stderr := call("sql", "--data-dir", dir, "CREATE TABLE t (id int PRIMARY KEY, name text UNIQUE); INSERT INTO t SELECT i, 'n' || i FROM generate_series(1, 60) i"); code != ExitOK {
		t.Fatal(stderr)
	}
	if code, _, stderr := call("compact", dir); code != ExitOK {
		t.Fatal(stderr)
	}
	code, out, stderr := call("inspect", "lsm", dir, "--files")
	if code != ExitOK {
		t.Fatal(stderr)
	}
	for _, want := range []string{
		`(?m)^redis, in redis/: read amplification \d+, .* to compact, about \d+ tombstones?$`,
		`(?m)^postgres, in postgresql/: `,
		`(?m)^6 +1 +[0-9.]+ K?B +\d+ +\d+ +`,
		`(?m)^6 +\d{6}\.sst .* record "blibrary/lib" of the keyspace +expiry of "\w+" in database 0 at `,
		`(?m)^6 +\d{6}\.sst .* (counter or format "format"|catalog object) .* postgres\.public\.\w+, [0-9a-f]+$`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	code, out, stderr = call("inspect", "lsm", dir, "--json")
	var trees []admin.Tree
	if err := json.Unmarshal([]byte(out), &trees); code != ExitOK || err != nil {
		t.Fatal(out, stderr, err)
	}
	if len(trees) != 2 || trees[0].Part != "redis" || len(trees[0].Levels) != 7 || trees[0].Levels[6].Tables == 0 || trees[0].Levels[6].Files != nil {
		t.Errorf("%+v", trees)
	}
	if code, out, _ := call("inspect", "key", "--data-dir", dir, "zset"); code != ExitOK || !strings.Contains(out, "metadata on disk; files that may have it: level 6 ") {
		t.Errorf("%d, %s", code, out)
	}
	t.Setenv("ORBIT_REDIS_MODE", "actor")
	t.Setenv("ORBIT_POSTGRES_MODE", "actor")
	if code, out, stderr := call("inspect", "lsm", dir); code != ExitOK || out != "all data is in memory: there is no tree\n" {
		t.Errorf("%d, %s%s", code, out, stderr)
	}
}
