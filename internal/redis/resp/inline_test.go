package resp

import (
	"reflect"
	"testing"
)

func TestInlineWordsOnOneLine(t *testing.T) {
	for input, want := range map[string][]string{
		`a b  c`:           {"a", "b", "c"},
		`"\x00\xff\xzz"`:   {"\x00\xffxzz"},
		`"\t\b\a\r\q"`:     {"\t\b\a\rq"},
		"a\tb\vc":          {"a", "b", "c"},
		`""`:               {""},
		`'' ""`:            {"", ""},
		`key"quoted part"`: {"keyquoted part"},
	} {
		got, err := requests(&Reader{}, []byte(input+"\n"))
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("%s: got %q, %v; want %q", input, got, err, want)
		}
	}
}
