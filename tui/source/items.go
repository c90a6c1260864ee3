package source

import (
	"context"
	"crypto/sha1" //nolint:gosec // the one that scripts have; it tells elements apart
	"encoding/hex"
	"errors"
	"strconv"

	"github.com/orbit-server/orbit/internal/redis/resp"
)

// Item is an element of a collection: a field and its value, an index and its value, a
// member, a member and its score, an entry's id and its fields.
type Item struct {
	Name, Value string
	// Size is how many bytes the element has, if it is too large to be fetched with the
	// others: of a hash Value is empty then, of others it, or a member's Name, is only the
	// beginning.
	Size int64

	place string // where it is: an index, a rank, a cursor with which it is found
	sum   string // of the whole, if it is only the beginning
}

// ID tells it from the others, as far as its name can.
func (i *Item) ID() string { return i.Name + i.sum }

// Items are some elements, in the server's order.
type Items struct {
	List []Item
	// Next is where to go on, "" if there are no more.
	Next string
}

// Bounds of a page of elements: bytes, by what they are on average, and elements. Of what
// is larger than largeValue only the beginning is fetched with the others.
const (
	pageBytes  = 1 << 20
	pageItems  = 500
	largeValue = 16 << 10
	beginning  = 1 << 10
)

// Items fetches elements of a key, from the place that the page before said, "" for the
// first.
func (s *Source) Items(ctx context.Context, db int, key string, info KeyInfo, from string) (Items, error) {
	count := pageItems
	if info.Elements > 0 {
		count = int(max(1, min(int64(count), pageBytes/max(1, info.Bytes/info.Elements))))
	}
	switch info.Type {
	case "hash":
		return s.hashItems(ctx, db, key, from, count)
	case "list", "set", "zset", "stream":
		return s.cutItems(ctx, db, key, info.Type, from, count)
	}
	return Items{}, nil
}

func cursor(from string) string {
	if from == "" {
		return "0"
	}
	return from
}

// scan runs a step of a scan.
func (s *Source) scan(ctx context.Context, db int, words []string) (items []resp.Reply, next string, err error) {
	reply, err := s.Redis(ctx, db, words...)
	if err != nil || len(reply.Items) != 2 {
		return nil, "", err
	}
	if next = string(reply.Items[0].Text); next == "0" {
		next = ""
	}
	return reply.Items[1].Items, next, nil
}

// hashItems fetches fields first, then the values that are not large.
func (s *Source) hashItems(ctx context.Context, db int, key, from string, count int) (Items, error) {
	fields, next, err := s.scan(ctx, db, []string{"HSCAN", key, cursor(from), "COUNT", strconv.Itoa(count), "NOVALUES"})
	if err != nil {
		return Items{}, err
	}
	items := Items{Next: next}
	if len(fields) == 0 {
		return items, nil
	}
	asked := make([][]string, 0, len(fields))
	for i := range fields {
		asked = append(asked, []string{"HSTRLEN", key, string(fields[i].Text)})
	}
	sizes, err := s.Pipeline(ctx, db, asked)
	if err != nil {
		return Items{}, err
	}
	get, at := []string{"HMGET", key}, []int(nil)
	for i := range fields {
		items.List = append(items.List, Item{Name: string(fields[i].Text)})
		if n := integer(&sizes[i]); n > largeValue {
			items.List[i].Size = n
			continue
		}
		get, at = append(get, string(fields[i].Text)), append(at, i)
	}
	if len(at) == 0 {
		return items, nil
	}
	values, err := s.Redis(ctx, db, get...)
	if err != nil {
		return Items{}, err
	}
	for i, j := range at {
		if i < len(values.Items) {
			items.List[j].Value = string(values.Items[i].Text)
		}
	}
	return items, nil
}

// cutElements returns where a page goes on, and for each of its elements its name, its
// value, its place, its size if it was cut, and the sum of the whole.
const cutElements = `
local key, kind, from, count, limit, keep = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local out = {''}
local function cut(v)
  if #v <= limit then return v, 0, '' end
  return string.sub(v, 1, keep), #v, redis.sha1hex(v)
end
local function add(...)
  for _, v in ipairs({...}) do out[#out + 1] = v end
end
if kind == 'list' then
  local start = tonumber(from)
  local all = redis.call('LRANGE', key, start, start + count - 1)
  for i, v in ipairs(all) do
    local at = string.format('%d', start + i - 1)
    local c, n, h = cut(v)
    add(at, c, at, n, h)
  end
  if #all == count then out[1] = string.format('%d', start + count) end
elseif kind == 'zset' then
  local start = tonumber(from)
  local all = redis.call('ZRANGE', key, start, start + count - 1, 'WITHSCORES')
  for i = 1, #all, 2 do
    local c, n, h = cut(all[i])
    add(c, all[i + 1], string.format('%d', start + (i - 1) / 2), n, h)
  end
  if #all == 2 * count then out[1] = string.format('%d', start + count) end
elseif kind == 'set' then
  local step = redis.call('SSCAN', key, from, 'COUNT', count)
  for _, v in ipairs(step[2]) do
    local c, n, h = cut(v)
    add(c, '', from .. ' ' .. count, n, h)
  end
  if step[1] ~= '0' then out[1] = step[1] end
else
  local all = redis.call('XRANGE', key, from, '+', 'COUNT', count)
  for _, e in ipairs(all) do
    local parts = {}
    for i = 1, #e[2], 2 do parts[#parts + 1] = e[2][i] .. '=' .. e[2][i + 1] end
    local c, n, h = cut(table.concat(parts, '  '))
    add(e[1], c, e[1], n, h)
  end
  if #all == count then out[1] = '(' .. all[#all][1] end
end
return out`

// cutItems fetches a page of elements in the server, where they are cut before they are
// sent.
func (s *Source) cutItems(ctx context.Context, db int, key, typ, from string, count int) (items Items, err error) {
	if from == "" {
		from = map[string]string{"stream": "-"}[typ]
	}
	if from == "" {
		from = "0"
	}
	reply, err := s.Redis(ctx, db, "EVAL_RO", cutElements, "1", key, typ, from, strconv.Itoa(count), strconv.Itoa(largeValue), strconv.Itoa(beginning))
	if err != nil || len(reply.Items) == 0 {
		return items, err
	}
	items.Next = string(reply.Items[0].Text)
	const each = 5
	for r := reply.Items[1:]; len(r) >= each; r = r[each:] {
		items.List = append(items.List, Item{
			Name: string(r[0].Text), Value: string(r[1].Text), place: string(r[2].Text), Size: integer(&r[3]), sum: string(r[4].Text),
		})
	}
	return items, nil
}

// oneElement finds an element that was cut before: found is nil if it is another now. It
// is followed by what is to be done with it.
const oneElement = `
local key, kind, place, sum, limit = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local found
if kind == 'hash' then
  found = redis.call('HGET', key, place) or nil
elseif kind == 'list' then
  found = redis.call('LINDEX', key, place) or nil
elseif kind == 'zset' then
  found = redis.call('ZRANGE', key, place, place)[1]
elseif kind == 'set' then
  local from, count = string.match(place, '(%d+) (%d+)')
  for _, v in ipairs(redis.call('SSCAN', key, from, 'COUNT', count)[2]) do
    if redis.sha1hex(v) == sum then found = v end
  end
else
  local e = redis.call('XRANGE', key, place, place)[1]
  if e then
    local parts = {}
    for i = 1, #e[2], 2 do parts[#parts + 1] = e[2][i] .. '=' .. e[2][i + 1] end
    found = table.concat(parts, '  ')
  end
end
if found and sum ~= '' and redis.sha1hex(found) ~= sum then found = nil end
`

// ErrMoved says that an element is not where it was.
var ErrMoved = errors.New("the elements have changed meanwhile: look again")

// Item fetches one element that was cut, up to limit bytes of it.
func (s *Source) Item(ctx context.Context, db int, key, typ string, item Item, limit int) (string, error) {
	place := item.place
	if typ == "hash" {
		place = item.Name
	}
	reply, err := s.Redis(ctx, db, "EVAL_RO", oneElement+"return found and string.sub(found, 1, limit)", "1", key, typ, place, item.sum, strconv.Itoa(limit))
	if err == nil && reply.Null {
		err = ErrMoved
	}
	return string(reply.Text), err
}

// removeCut removes a member that was cut.
func (s *Source) removeCut(ctx context.Context, db int, key, typ string, item Item) error {
	command := map[string]string{"set": "SREM", "zset": "ZREM"}[typ]
	reply, err := s.Redis(ctx, db, "EVAL", oneElement+"return found and redis.call('"+command+"', key, found)", "1", key, typ, item.place, item.sum, "0")
	if err == nil && reply.Null {
		err = ErrMoved
	}
	return err
}

// sumOf is the sum of an element as scripts make it.
func sumOf(item *Item) string {
	if item.sum != "" {
		return item.sum
	}
	sum := sha1.Sum([]byte(item.Value)) //nolint:gosec // see above
	return hex.EncodeToString(sum[:])
}
