package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents are the pages written by hand, from the repository's root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	root := filepath.Join("..", "..")
	pages, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, path := range append(pages, filepath.Join(root, "README.md")) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		texts[path] = string(text)
	}
	return texts
}

// fence is a block of code whose first line names the file that it is from.
var fence = regexp.MustCompile("(?ms)^```\\w+ (\\S+)\n(.*?)^```$")

// TestShownCodeIsTheCode compares blocks that name a file with the file.
func TestShownCodeIsTheCode(t *testing.T) {
	blocks := 0
	for page, text := range documents(t) {
		for _, m := range fence.FindAllStringSubmatch(text, -1) {
			blocks++
			code, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(m[1])))
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if !strings.Contains(string(code), m[2]) {
				t.Errorf("%s shows what is not in %s:\n%s", page, m[1], m[2])
			}
		}
	}
	if blocks < 5 {
		t.Errorf("only %d blocks name their file", blocks)
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// TestLinksLeadSomewhere looks for the files that pages link to.
func TestLinksLeadSomewhere(t *testing.T) {
	for page, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
}
