package cli

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/orbit-server/orbit/internal/admin"
	"github.com/orbit-server/orbit/internal/config"
	"github.com/orbit-server/orbit/internal/redis/resp"
	"github.com/orbit-server/orbit/internal/redis/survey"
)

func newInspectKeys(streams Streams) *cobra.Command {
	o := &inspectOptions{streams: streams}
	list := admin.KeyList{}
	cmd := &cobra.Command{
		Use:   "keys [DIR]",
		Short: "List keys, by pattern and type, in some order",
		Example: `orbit inspect keys --match 'user:*' --limit 20
orbit inspect keys --sort size --type hash
orbit inspect keys --sort ttl --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.load(cmd, args); err != nil {
				return err
			}
			if !slices.Contains(survey.Orders, list.Order) {
				return callError{usageError{fmt.Errorf("bad --sort %q: use %s", list.Order, strings.Join(survey.Orders, ", "))}, cmd.CommandPath()}
			}
			if list.Limit < 0 {
				return callError{usageError{fmt.Errorf("bad --limit %d: use 0 or more", list.Limit)}, cmd.CommandPath()}
			}
			return withDirectory(cmd.Context(), streams, o.config, works, func(d *directory) error {
				found, err := d.ListKeys(cmd.Context(), list)
				if err != nil {
					return err
				}
				return o.printKeys(found)
			})
		},
	}
	config.Flags(cmd.Flags())
	f := cmd.Flags()
	f.BoolVar(&o.json, "json", false, "as JSON")
	keyFilterFlags(cmd, &list.Filter)
	f.StringVar(&list.Order, "sort", "name", "name, size (largest first), elements (most first) or ttl (first to expire first)")
	f.IntVar(&list.Limit, "limit", 100, "how many to list")
	// Only fails for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions(survey.Orders, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (o *inspectOptions) printKeys(l *survey.Listing) error {
	if o.json {
		return writeJSON(o.streams.Out, l)
	}
	w := tabwriter.NewWriter(o.streams.Out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "DB\tKEY\tTYPE\tELEMENTS\tBYTES\tTTL")
	for i := range l.Keys {
		k := &l.Keys[i]
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%d\t%s\n", k.DB, printable(k.Key), k.Type, k.Elements, k.Bytes, ttlText(k.Expire))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if more := l.Matched - int64(len(l.Keys)); more > 0 {
		_, _ = fmt.Fprintf(o.streams.Err, "%d more; --limit lists more\n", more)
	}
	return nil
}

// ttlText is how long it is until a time in unix milliseconds.
func ttlText(expire int64) string {
	if expire == 0 {
		return "-"
	}
	return roundTime(time.Until(time.UnixMilli(expire))).String()
}

// printable is a name as it is if it can be shown, else in quotes with escapes.
func printable(name []byte) string {
	if q := resp.Quoted(name); q[1:len(q)-1] != string(name) || len(name) == 0 {
		return q
	}
	return string(name)
}

// ignoreGone lets files go while they are looked at.
func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func newInspectKey(streams Streams) *cobra.Command {
	o := &redisOptions{streams: streams}
	preview, asHex := 20, false
	cmd := &cobra.Command{
		Use:   "key NAME",
		Short: "Show a key: its metadata and the beginning of its value",
		Example: `orbit inspect key user:1
orbit inspect key --data-dir /var/lib/orbit --hex --preview 3 blob`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeKeys,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.config, err = config.Load(cmd.Flags()); err != nil {
				return usageError{err}
			}
			return withDirectory(cmd.Context(), streams, o.config, works, func(d *directory) error {
				return inspectKey(cmd.Context(), o, d, args[0], preview, asHex)
			})
		},
	}
	config.Flags(cmd.Flags())
	cmd.Flags().IntVarP(&o.database, "db", "n", 0, "database number")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	cmd.Flags().IntVar(&preview, "preview", preview, "how many elements, or 64 bytes of a string, to show")
	cmd.Flags().BoolVar(&asHex, "hex", false, "show a string's bytes in hexadecimal")
	return cmd
}

// keyReport is what `orbit inspect key --json` prints.
type keyReport struct {
	DB       int         `json:"db"`
	Key      survey.Name `json:"key"`
	Type     string      `json:"type"`
	Encoding string      `json:"encoding"`
	Elements int64       `json:"elements"`
	Bytes    int64       `json:"bytes"`
	TTL      int64       `json:"ttl_ms"` // -1: it does not expire
	Preview  any         `json:"preview"`
	// Place is where it lies on disk; absent if it lies in memory only.
	Place *admin.KeyPlace `json:"place,omitempty"`
}

// lengthOf and previewOf are the commands that tell the number of elements of a value
// of each type, and its first n.
var (
	lengthOf  = map[string]string{"string": "STRLEN", "list": "LLEN", "set": "SCARD", "zset": "ZCARD", "hash": "HLEN", "stream": "XLEN"}
	previewOf = map[string]func(key string, n int) []string{
		"string": func(key string, n int) []string { return []string{"GETRANGE", key, "0", strconv.Itoa(64*n - 1)} },
		"list":   func(key string, n int) []string { return []string{"LRANGE", key, "0", strconv.Itoa(n - 1)} },
		"set":    func(key string, n int) []string { return []string{"SSCAN", key, "0", "COUNT", strconv.Itoa(n)} },
		"zset": func(key string, n int) []string {
			return []string{"ZRANGE", key, "0", strconv.Itoa(n - 1), "WITHSCORES"}
		},
		"hash":   func(key string, n int) []string { return []string{"HSCAN", key, "0", "COUNT", strconv.Itoa(n)} },
		"stream": func(key string, n int) []string { return []string{"XRANGE", key, "-", "+", "COUNT", strconv.Itoa(n)} },
	}
)

func inspectKey(ctx context.Context, o *redisOptions, d *directory, key string, preview int, asHex bool) (err error) {
	s, err := openRedisSession(ctx, o, d)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	r := keyReport{DB: o.database, Key: survey.Name(key)}
	ask := func(words ...string) (reply resp.Reply) {
		if err != nil {
			return reply
		}
		reply, err = s.Do(words...)
		if text, failed := reply.Error(); err == nil && failed {
			err = errors.New(text)
		}
		return reply
	}
	number := func(words ...string) int64 {
		reply := ask(words...)
		n, _ := strconv.ParseInt(string(reply.Text), 10, 64) // 0 after an error
		return n
	}
	kind := ask("TYPE", key)
	if r.Type = string(kind.Text); err == nil && r.Type == "none" {
		return fmt.Errorf("there is no key %s in database %d", printable([]byte(key)), o.database)
	}
	encoding := ask("OBJECT", "ENCODING", key)
	r.Encoding = string(encoding.Text)
	r.Bytes, r.TTL, r.Elements = number("MEMORY", "USAGE", key), number("PTTL", key), number(lengthOf[r.Type], key)
	value := ask(previewOf[r.Type](key, max(preview, 1))...)
	if err != nil {
		return err
	}
	if (r.Type == "set" || r.Type == "hash") && len(value.Items) == 2 {
		value = value.Items[1] // behind the cursor
		value.Items = value.Items[:min(len(value.Items), preview*len(map[string]string{"set": "1", "hash": "12"}[r.Type]))]
	}
	r.Preview = jsonReply(&value)
	if r.Place, err = d.PlaceOf(ctx, o.database, []byte(key)); err != nil {
		return err
	}
	if o.json {
		return writeJSON(o.streams.Out, r)
	}
	return r.print(o, &value, asHex)
}

func (r *keyReport) print(o *redisOptions, value *resp.Reply, asHex bool) error {
	ttl := "does not expire"
	if r.TTL >= 0 {
		ttl = "expires in " + roundTime(time.Duration(r.TTL)*time.Millisecond).String()
	}
	unit := map[bool]string{true: "byte", false: "element"}[r.Type == "string"]
	_, err := fmt.Fprintf(o.streams.Out, "%s: %s (%s) in database %d\n%s, %s in all, %s\n",
		printable(r.Key), r.Type, r.Encoding, r.DB, count(r.Elements, unit), bytesText(uint64(r.Bytes)), ttl)
	if err != nil {
		return err
	}
	if place := placeText(r.Place); place != "" {
		if _, err := fmt.Fprintf(o.streams.Out, "%s\n", place); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(o.streams.Out); err != nil {
		return err
	}
	if asHex && r.Type == "string" {
		_, err := fmt.Fprint(o.streams.Out, hex.Dump(value.Text))
		return err
	}
	return showTyped(o.streams.Out, value)
}
