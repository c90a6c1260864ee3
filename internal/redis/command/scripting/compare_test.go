package scripting_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/orbit-server/orbit/internal/redis/command/commandtest"
)

// scripts are run here and by redis-server; the replies must be the same bytes.
var scripts = []string{
	`return 'hello'`, `return 100.5`, `return -3.99`, `return true`, `return false`, `return nil`, `return`, `return {}`,
	`return {1,2,3,'ciao',{1,2}}`, `return {1,nil,3}`, `return {ok='fine'}`, `return {ok='a\r\nb'}`,
	`return {err='ERR this is an error'}`, `return {err='My error'}`, `return {double=3.5}`, `return {big_number='123456789012345678901234567890'}`,
	`return {map={a=1}}`, `return {set={a=true}}`, `return {verbatim_string={format='txt',string='hi'}}`,
	`return 2^53`, `return 1e300`, `return 0/0`, `return 1/0`, `return _G`, `return redis`, `return function() end`,
	`return redis.error_reply('My Err')`, `return redis.error_reply('ERR x')`, `return redis.error_reply('-ERR x')`, `return redis.error_reply('')`,
	`return redis.error_reply('NOSPACE')`, `return redis.status_reply('FINE')`, `return redis.error_reply()`, `return redis.status_reply(1)`,
	`return redis.sha1hex('')`, `return redis.sha1hex('Pizza & Mandolino')`, `return redis.sha1hex()`, `return redis.sha1hex(1)`,
	`return redis.call('set','k','v')`, `return redis.call('get','k')`, `return redis.call('get','nosuch')`, `return redis.call('incr','k')`,
	`return redis.pcall('incr','k')`, `return redis.pcall('incr','k').err`, `local x = redis.pcall('incr','k') return {type(x), x.ignore_error_stats_update}`,
	`return redis.call()`, `return redis.pcall()`, `return redis.call('nosuchcommand')`, `return redis.pcall('nosuchcommand')`,
	`return redis.call('get','a','b','c')`, `return redis.call('get', {})`, `return redis.pcall('get', {})`, `return redis.call('get', nil)`,
	`return redis.call('get', true)`, `return redis.pcall('eval','return 1',0)`, `return redis.call('lpush','k','x')`,
	`redis.call('set','n',9007199254740991) return redis.call('get','n')`, `redis.call('set','n',0.1) return redis.call('get','n')`,
	`redis.call('set','n',1e21) return redis.call('get','n')`, `redis.call('set','n',-0.5e-10) return redis.call('get','n')`,
	`redis.call('set','n',3.0) return redis.call('get','n')`, `redis.call('set','n',100000000000000000000) return redis.call('get','n')`,
	`redis.call('hset','h','f','v') return redis.call('hgetall','h')`, `redis.setresp(3) return redis.call('hgetall','h')`,
	`redis.setresp(3) return redis.call('get','nosuch')`, `redis.setresp(3) return redis.call('hgetall','h').map.f`,
	`redis.setresp(3) return true`, `redis.setresp(3) return false`, `redis.setresp(4)`, `redis.setresp()`,
	`redis.call('zadd','z',1.5,'a') redis.setresp(3) return redis.call('zscore','z','a')`, `redis.setresp(3) return redis.call('zscore','z','a').double * 2`,
	`redis.call('sadd','s','x') redis.setresp(3) return redis.call('smembers','s')`, `return redis.call('smembers','s')`,
	`return a`, `a = 10`, `return _G.a`, `function f() end`, `local function f(n) if n == 0 then return 0 end return 1 + f(n-1) end return f(100)`,
	`redis = 1`, `redis.call = 1`, `_G.x = 1`, `rawset(_G,'x',1)`, `setmetatable(_G,{})`, `string.rep = 1`, `cjson.encode = nil`,
	`KEYS = {}`, `KEYS[1] = 'x' return KEYS[1]`, `error('boom')`, `error({err='MY boom'})`, `error()`, `error('boom',0)`, "\n\nerror('line three')",
	`return pcall(function() return 1 end)`, `local s,e = pcall(function() error('x') end) return e`, `local s,e = pcall(function() return foo end) return e`,
	`local s,e = pcall(redis.call,'incr','k') return e`, `return select(2, pcall(error, {err='E x'}))`, `return {pcall(error)}`,
	`return redis.log(redis.LOG_DEBUG,'x')`, `return redis.log('x')`, `return redis.log(10,'x')`, `return redis.log('a','b')`,
	`return redis.set_repl(redis.REPL_ALL)`, `return redis.set_repl(12345)`, `return redis.set_repl()`, `return redis.replicate_commands()`,
	`return redis.breakpoint()`, `return {redis.LOG_DEBUG,redis.LOG_VERBOSE,redis.LOG_NOTICE,redis.LOG_WARNING,redis.REPL_AOF,redis.REPL_SLAVE,redis.REPL_REPLICA,redis.REPL_ALL,redis.REPL_NONE}`,
	`return redis.REDIS_VERSION`, `return redis.REDIS_VERSION_NUM`, `return redis.acl_check_cmd('get','x')`, `return redis.acl_check_cmd('nosuch')`, `return redis.acl_check_cmd()`,
	`return tostring(0.1+0.2)`, `return tostring(1e15)`, `return tostring(100)`, `return tostring(-0.0)`, `return tostring(1e100)`, `return 1 .. ''`, `return 1.5 .. 'x' .. 2`,
	`return tostring(1/0)..tostring(-1/0)`, `return tostring(nil)..tostring(true)`, `return tonumber('0x10')`, `return tonumber('1e2')`, `return tonumber('  12  ')`, `return tonumber('abc')`,
	`return tonumber('z',36)`, `return tonumber('10',2)`, `return '10' + 5`, `return 'abc' < 'abd'`, `return #'abc'`, `return 7 % 3`, `return -7 % 3`, `return 2^10`,
	`return string.format('%5d|%-5d|%05d|%x|%X|%o|%c|%s|%q|%5.2f|%e|%g|%i|%u', 42, 42, 42, 255, 255, 8, 65, 'str', 'q"\n', 3.14159, 12345.678, 0.0001, 7, 9)`,
	`return string.format('%.3s|%10s|%-10s|', 'abcdef', 'hi', 'hi')`, `return string.format('%g %g %g', 1e20, 0.1, 100)`, `return string.format('%d', '10')`, `return string.format('%%')`,
	`return string.rep('ab', 3)`, `return ('x'):rep(3)`, `return ('abc'):upper()`, `return string.byte('A')`, `return string.char(72,105)`, `return string.reverse('abc')`,
	`return {string.find('hello world','o w')}`, `return {string.find('hello','l+')}`, `return string.match('key=val','(%w+)=(%w+)')`, `return {string.match('key=val','(%w+)=(%w+)')}`,
	`return {string.gsub('hello','l','L')}`, `return {string.gsub('abc','%w','%0%0')}`, `return {string.gsub('abc','%w',{a='1',b=true})}`, `return {string.gsub('abc','%w',function(x) return x..'-' end, 2)}`,
	`local t={} for w in string.gmatch('one two','%a+') do t[#t+1]=w end return t`, `return table.concat({1,2,3},',')`, `return table.concat({1,2.5,'x'},', ',2,3)`,
	`local t={3,1,2} table.sort(t) return t`, `local t={3,1,2} table.sort(t,function(a,b) return a>b end) return t`, `local t={1,2} table.insert(t,3) table.insert(t,1,0) return t`,
	`local t={1,2,3} return {table.remove(t), #t}`, `return {unpack({1,2,3})}`, `return select('#',1,2,3)`, `return {select(2,'a','b','c')}`, `return type(math.random())`,
	`math.randomseed(10) return tostring(math.random())`, `math.randomseed(10) return math.random(100)`, `math.randomseed(42) return {math.random(1,6),math.random(1,6),math.random(1,6)}`,
	`return {math.floor(3.7),math.ceil(3.2),math.abs(-5),math.max(1,2,3),math.min(1,2),math.sqrt(16),math.fmod(7,3),math.huge > 1}`,
	`return math.random(0)`, `return math.random(1,2,3)`, `return loadstring('return 1+1')()`, `return loadstring('return')`, `local f,e = loadstring('x x') return f == nil`,
	`return print`, `return dofile`, `return require`, `return io`, `return debug`, `return package`, `return gcinfo() > 0`, `return collectgarbage('count') > 0`,
	`local t = setmetatable({},{__index=function(t,k) return k..'!' end}) return t.foo`, `local t = setmetatable({},{__tostring=function() return 'T' end}) return tostring(t)`,
	`local t = setmetatable({},{__concat=function(a,b) return 'joined' end}) return t..'x'`, `return 'x'..{}`, `local x = nil x()`,
	`return cjson.encode({1,2,3})`, `return cjson.encode({a=1})`, `return cjson.encode({})`, `return cjson.encode('a"b/c\n')`, `return cjson.encode(1.5)`, `return cjson.encode(1e100)`,
	`return cjson.encode({1,nil,3})`, `return cjson.encode({[1]=1,[100]=2})`, `return cjson.encode({[false]=1})`, `return cjson.encode(function() end)`, `return cjson.encode(0/0)`,
	`return cjson.encode({cjson.null})`, `return cjson.encode({a={b={c=true}}})`, `return cjson.encode({[1]='a',b='c'})`, `return cjson.encode('é\127')`, `return cjson.encode(123456789012345)`,
	`return cjson.decode('[1,2,"x"]')`, `return cjson.decode('{"a":{"b":5}}').a.b`, `return cjson.decode('[null]')[1] == cjson.null`, `return type(cjson.decode('null'))`,
	`return cjson.decode('"\\u00e9\\ud83d\\ude00"')`, `return cjson.decode('[1,]')`, `return cjson.decode('{')`, `return cjson.decode('')`, `return cjson.decode('x')`, `return cjson.decode('[1] x')`,
	`return cjson.decode('{"a" 1}')`, `return cjson.decode('{1:2}')`, `return cjson.decode('"abc')`, `return cjson.decode('"\\x"')`, `return tostring(cjson.decode('1e3'))`, `return cjson.decode('-')`, `return cjson.decode('[true,false]')`,
	`return table.concat(cjson.decode('[0.0, -5e3, -1, 0.3e-3, 1023.2, 0e10]'), ' ')`, `return cjson.decode()`, `return cjson.encode()`, `return {cjson.encode_sparse_array()}`,
	`return cjson.encode_max_depth()`, `local t={} t.t=t return cjson.encode(t)`, `return cjson.decode(string.rep('[',1001))`, `cjson.encode_max_depth(0)`,
	`return cmsgpack.pack(1,-1,200,70000,5000000000,-200,-70000,0.5,0.1,'str',true,false,nil)`, `return cmsgpack.pack({1,2,3})`, `return cmsgpack.pack({a=1})`, `return cmsgpack.pack({})`,
	`return {cmsgpack.unpack(cmsgpack.pack(1,'a',{1,2}))}`, `return {cmsgpack.unpack_one(cmsgpack.pack(1,2,3))}`, `return {cmsgpack.unpack_limit(cmsgpack.pack(1,2,3),2)}`, `return cmsgpack.unpack('\220')`,
	`return cmsgpack.unpack('\193')`, `return cmsgpack.pack()`, `return cmsgpack.unpack_one('x', 5)`, `return {cmsgpack.unpack_one('')}`, `return #cmsgpack.pack(string.rep('x',70000))`,
	`local t={} for i=1,20 do t={t} end return cmsgpack.pack(t)`, `return cmsgpack.unpack(cmsgpack.pack({a={1,2}})).a`,
	`return struct.pack('>I2',258)`, `return struct.pack('<i4',-2)`, `return struct.pack('!bd',1,1.5)`, `return struct.pack('s','hi')`, `return struct.pack('c5','hello!')`, `return struct.pack('bc0',3,'abc')`,
	`return {struct.unpack('>I2','\1\2')}`, `return {struct.unpack('bc0','\3abc')}`, `return {struct.unpack('s','hi\0x')}`, `return struct.size('!bd')`, `return struct.size('s')`, `return struct.pack('z',1)`,
	`return struct.unpack('>I2','\1')`, `return struct.pack('>I33',1)`, `return struct.pack('c5','x')`, `return tostring(select(1,struct.unpack('f',struct.pack('f',1.5))))`, `return {struct.unpack('h','\255\255')}`,
	`return bit.tobit(0xffffffff)`, `return {bit.band(12,10),bit.bor(12,10),bit.bxor(12,10),bit.bnot(0)}`, `return {bit.lshift(1,4),bit.rshift(-1,28),bit.arshift(-16,2),bit.rol(1,31),bit.ror(1,1),bit.bswap(1)}`,
	`return {bit.tohex(255),bit.tohex(255,4),bit.tohex(255,-4)}`, `return bit.band()`, `return bit.band('x')`,
	`local i=0 while i<10 do i=i+1 if i==5 then break end end return i`, `local n=0 for i=10,1,-3 do n=n+i end return n`, `repeat local x = 1 until x == 1 return 'done'`,
	`return return`, `if`, `local a = `,
	"#!lua\nreturn 1", "#!lua flags=no-writes\nreturn redis.call('set','x',1)", "#!lua flags=what\nreturn 1", "#!lua badger=1\nreturn 1", "#!python\nreturn 1", "#!lua", "#!lua flags=\nreturn 1",
	"#!lua flags=no-writes,allow-oom\nreturn redis.call('get','k')", "#!lua\n\nerror('line three')",
	`return {KEYS[1],KEYS[2],ARGV[1],ARGV[2],#KEYS,#ARGV}`, `return redis.call('select',1)`, `redis.call('select',1) return redis.call('get','k')`, `return redis.call('get','k')`,
	`return coroutine.wrap(function() coroutine.yield(5) end)()`, `return next({})`, `local n=0 for k,v in pairs({a=1,b=2}) do n=n+v end return n`, `for k in pairs(redis) do if k == 'call' then return k end end`,
	`return getmetatable('').__index == string`, `return rawget(_G,'redis') == redis`, `return rawequal(1,1)`, `return _VERSION`, `return assert(false,'msg')`, `return assert(nil)`, `return assert(1)`,
}

// failing scripts are refused here and by redis-server with the same beginning;
// of what is wrong the two parsers speak differently.
var failing = []string{`return x x`, `for i=1 do end`, `return 'unfinished`, `end`, `local x = nil return x.y`}

func TestFailuresBeginAsRedis(t *testing.T) {
	h, _ := newHarness(t)
	r := commandtest.StartRedis(t)
	for _, s := range failing {
		want := r.Raw(t, "EVAL", s, "0")
		got := h.Raw("EVAL", s, "0")
		n := strings.Index(string(want), "user_script:1:") + len("user_script:1:")
		if len(got) < n || string(got[:n]) != string(want[:n]) {
			t.Errorf("%s\n got %s\nwant %s", s, got, want)
		}
	}
}

// libraries are commands about functions, compared like scripts.
var libraries = []string{
	`FUNCTION LOAD "#!lua name=lib\nredis.register_function('f', function(keys, args) return {keys[1], args[1]} end)"`,
	`FCALL f 1 k a`, `FCALL F 1 k a`, `FCALL f 2 k`, `FCALL f -1 k`, `FCALL f x k`, `FCALL nosuch 0`, `FCALL_RO f 0`,
	`FUNCTION LOAD "#!lua name=lib\nredis.register_function('f', function() end)"`,
	`FUNCTION LOAD REPLACE "#!lua name=lib\nlocal n = 0\nredis.register_function('f', function() n = n + 1 return n end)\nredis.register_function{function_name='ro', callback=function(k) return redis.call('get', k[1]) end, flags={'no-writes'}, description='reads'}"`,
	`FCALL f 0`, `FCALL f 0`, `FCALL_RO ro 1 k`, `FCALL_RO f 0`, `%FUNCTION LIST LIBRARYNAME l*`, `FUNCTION LIST foo`, `FUNCTION LIST LIBRARYNAME`, `FUNCTION STATS`,
	`FUNCTION LOAD foo bar`, `FUNCTION LOAD "return 1"`, `FUNCTION LOAD "#!lua"`, `FUNCTION LOAD "#!lua\nreturn 1"`, `FUNCTION LOAD "#!lua name=a name=b\n"`, `FUNCTION LOAD "#!lua foo=a\n"`,
	`FUNCTION LOAD "#!python name=a\n"`, `FUNCTION LOAD "#!lua name=a-b\n"`, `FUNCTION LOAD "#!lua name=a\nreturn 1"`, `FUNCTION LOAD "#!lua name=a\nredis.register_function()"`,
	`FUNCTION LOAD "#!lua name=a\nredis.register_function('x')"`, `FUNCTION LOAD "#!lua name=a\nredis.register_function('x', 1)"`, `FUNCTION LOAD "#!lua name=a\nredis.register_function('x y', function() end)"`,
	`FUNCTION LOAD "#!lua name=a\nredis.register_function{function_name='x'}"`, `FUNCTION LOAD "#!lua name=a\nredis.register_function{foo='x'}"`, `FUNCTION LOAD "#!lua name=a\nredis.call('ping')"`,
	`FUNCTION LOAD "#!lua name=a\nmath.random()"`, `FUNCTION LOAD "#!lua name=a\nx = 1"`, `FUNCTION LOAD "#!lua name=a\nerror('boom')"`, `FUNCTION LOAD "#!lua name=a\nredis.register_function('f', function() end)"`,
	`FUNCTION LOAD "#!lua name=w\nredis.register_function{function_name='w', callback=function() return redis.call('set','x',1) end, flags={'no-writes'}}"`, `FCALL w 0`, `FUNCTION DELETE w`, `FUNCTION DELETE w`,
	`FUNCTION LOAD "#!lua name=g\nredis.register_function('g', function() return x end)\nredis.register_function('h', function() x = 1 end)\nredis.register_function('i', function() return KEYS end)"`, `FCALL g 0`, `FCALL h 0`, `FCALL i 0`,
	`FUNCTION DELETE g`, `FUNCTION RESTORE garbage`, `FUNCTION RESTORE garbage FOO`, `FUNCTION RESTORE a b c`, `FUNCTION KILL`, `SCRIPT KILL`, `FUNCTION FLUSH FOO`, `FUNCTION FLUSH`, `FUNCTION LIST`, `FUNCTION DUMP`,
	`FUNCTION HELP`, `SCRIPT HELP`, `SCRIPT LOAD "return 1"`, `SCRIPT LOAD "x x"`, `SCRIPT EXISTS e0e1f9fabfc9d4800c877a703b823ac0578ff8db foo`, `EVALSHA E0E1F9FABFC9D4800C877A703B823AC0578FF8DB 0`, `SCRIPT FLUSH FOO`, `SCRIPT FLUSH SYNC`,
	`EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0`, `EVALSHA short 0`, `SCRIPT DEBUG NO`, `SCRIPT DEBUG FOO`, `EVAL_RO "return redis.call('set','x',1)" 0`, `EVAL_RO "return redis.call('get','x')" 0`, `EVAL "return 1" x`, `EVAL "return 1" 2 a`, `EVAL "return 1" -1`,
	`EVAL_RO "#!lua\nreturn 1" 0`, `SCRIPT FOO`, `FUNCTION FOO`, `SCRIPT`, `EVAL x`,
}

func TestFunctionsAsRedis(t *testing.T) {
	h, _ := newHarness(t)
	h.Compare(libraries)
}

func TestScriptsAsRedis(t *testing.T) {
	h, _ := newHarness(t)
	var lines []string
	for _, s := range scripts {
		lines = append(lines, "EVAL "+strconv.Quote(s)+" 1 k arg1 arg2")
	}
	h.Compare(lines)
}
