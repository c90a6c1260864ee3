package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

// faultCodes are the codes of what orbit check finds, a documented contract
// (docs/CLI_JSON_OUTPUT.md and `orbit help faults` show this table): what each says,
// and how --repair mends it, "" if it does not.
var faultCodes = []struct{ code, says, mended string }{
	{"record", "an entry that no orbit of this version writes, or that does not decode", ""},
	{"metadata_undecoded", "a key's metadata does not decode", ""},
	{"database_unknown", "keys of a database that there is not", ""},
	{"version_shared", "two keys own the same elements", ""},
	{"versions", "the record of versions given out is behind one in use", "set above it"},
	{"tally", "the counts of a database, or of what awaits the collector", "counted anew"},
	{"expiry_missing", "a key, or hash with field TTLs, is not in the index of what expires", "entered"},
	{"expiry_stale", "an entry in that index of no key, or at another time", "removed"},
	{"orphan_subkeys", "elements of no key", "given to the collector"},
	{"element_count", "metadata has another number of elements than there are", "counted anew"},
	{"element_bytes", "metadata has another size than the elements have", "measured anew"},
	{"elements_lost", "a collection has no elements left", ""},
	{"member_misplaced", "a member does not lie under the hash of its name", ""},
	{"subkey_of_no_type", "an element that the key's type has not", ""},
	{"zset_order", "members of a sorted set differ by name and in order", "by name, or the member that is in order alone entered there"},
	{"zset_ranks", "the rank counts of a sorted set", "removed: they are counted as it grows"},
	{"string_chunk", "a chunk of a long string is longer than its chunks are, or beyond its end", ""},
	{"list_positions", "elements do not follow one another, or the first is elsewhere", "the place of the first; never a hole"},
	{"field_ttl", "TTLs of a hash's fields by name, by time and in the metadata differ", "by name"},
	{"stream_info", "a stream's first and last id, and number of groups", "from its entries"},
	{"stream_nodes", "the counts of a stream's nodes", "one node of all there is"},
	{"stream_groups", "numbers of groups, consumers and pending entries", "counted anew, where the group is there"},
	{"stream_pending", "pending entries differ by id and by consumer, or have no consumer", "by id, where the consumer is there"},
	{"catalog", "an object of the catalog refers to what there is not, or shares what it may not", ""},
	{"counter", "a counter of OIDs, storage ids or transactions is behind a number in use", "set above it"},
	{"sql_record", "an entry that no orbit of this version writes", ""},
	{"orphan_storage", "rows or entries of a storage id that the catalog does not name", "given to the collector, if the catalog is well"},
	{"sequence", "a sequence's state does not decode, is out of bounds, or of no sequence", "one of no sequence is removed"},
	{"row_undecoded", "a row does not decode", ""},
	{"row_misplaced", "a row lies under another key than its columns have", ""},
	{"index_missing", "an index lacks a row's entry", "entered"},
	{"index_extra", "an index has an entry of no row, or that its row has not", "removed"},
	{"index_target", "an entry leads to another row than the one that has its key", "led to that row"},
	{"index_duplicate", "two rows have the same key in a unique index", ""},
	{"foreign_key", "a row refers to one that is not there", ""},
	{"index_unevaluated", "an index's expressions fail for a row, or do not compile", ""},
}

// newFaults is a help topic, as newExitCodes.
func newFaults() *cobra.Command {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, f := range faultCodes {
		mended := f.mended
		if mended == "" {
			mended = "-"
		}
		_, _ = fmt.Fprintf(w, "  %s\t%s\t%s\n", f.code, f.says, mended)
	}
	_ = w.Flush() // into memory
	return &cobra.Command{
		Use:     "faults",
		Short:   "What orbit check finds, and what --repair does about it",
		Example: "orbit check --json | jq '.[].fault_counts'",
		Long:    "Codes of what does not agree, what they say, and how orbit check --repair mends it:\n\n" + text.String(),
	}
}
