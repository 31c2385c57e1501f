/*
 * Lua scripts whose answers have to be those of Redis, byte by byte: conversions, mistakes and the libraries. Each
 * is called with one key, `key`, and one argument, `arg`, and leaves nothing behind.
 */

const CONVERSIONS = String.raw`
return {1,2.9,-2.9,'x',true,false,nil,4}
return 2^53
return 1e30
return 0/0
return
return function() end
return {ok='fine'}
return {ok=5}
return {err='My Err'}
return {err=5}
return {err='a\nb'}
return {double=3.5}
return {map={a=1}}
return {set={a=true}}
return {big_number='123'}
return {verbatim_string={string='abc',format='txt'}}
local t={} t.x=t return t
local t={{},{{1}}} return t
return {KEYS[1], ARGV[1], #KEYS, #ARGV}
redis.setresp(3); return true
redis.setresp(3); return {false, redis.call('get','nope')}
redis.setresp(3); return tostring(redis.call('get','nope'))
redis.setresp(3); return redis.call('hgetall','nope')
redis.setresp(3); redis.call('hset','h','f','v') local r=redis.call('hgetall','h') redis.call('del','h') return r.map.f
redis.setresp(3); redis.call('sadd','s','f') local r=redis.call('smembers','s') redis.call('del','s') return tostring(r.set.f)
redis.setresp(3); redis.call('zadd','z',1.5,'v') local r=redis.call('zscore','z','v') redis.call('del','z') return tostring(r.double)
return tostring(redis.call('get','nope'))
return redis.call('lrange','nope',0,-1)
return redis.call('PING')['ok']
return redis.call('set','a',0.1) and redis.call('get','a')
return redis.call('set','a',1/0) and redis.call('get','a')
return redis.call('set','a',1e17) and redis.call('get','a')
return redis.call('set','a',123456789012345) and redis.call('get','a')
return redis.call('set','a',-1/3) and redis.call('get','a')
return redis.call('del','a')
return redis.call('set', KEYS[1] .. '\255\0', ARGV[1])
return redis.call('get', KEYS[1] .. '\255\0')
return redis.call('del', KEYS[1] .. '\255\0')
return _G
return setmetatable({}, {__index = function() return foo end})
local a = {} for i=1,7990 do a[i]=i end return redis.call('rpush', KEYS[1], unpack(a)) + redis.call('del', KEYS[1])
local a = {} for i=1,7990 do a[i]=i end return redis.call('nope', unpack(a))
local a = {} for i=1,7990 do a[i]=i end return redis.pcall('get', unpack(a))
local a = {} for i=1,7990 do a[i]=i end return #{unpack(a)}
local a = {} for i=1,9000 do a[i]=i end return #{unpack(a)}
`;

const MISTAKES = String.raw`
return (
error('x')
error()
error({err='My Err'})
error({err=5})
foo=1
string.foo=1
KEYS={}
KEYS[1]='changed' return KEYS[1]
rawset(_G,'x',1)
return rawget(_G, 'foo')
return setmetatable(string,{}) and 1
return print
local g = getmetatable(_G) g.__index = nil
setmetatable(_G, {})
return foo
return _G.foo
local n=0 for k in pairs(string) do n=n+1 end return n
return nil + 1
return ('x')()
local x = nil; return x.y
return #nil
return {} .. 'x'
return {} < {}
for i = 1, 'x' do end
string.rep()
local function r(n) return 1 + r(n) end return r(1)
return redis.call('nope')
return redis.call('get')
return redis.call('incr')
return redis.call('set','a',{})
return redis.call()
return redis.call('set', 'x', 'y', 'ex', 'bad')
return redis.pcall('get')
return {redis.pcall('nope'), redis.pcall('set','a',{})}
return redis.call('multi')
return redis.call('subscribe','x')
return redis.call('eval','return 1',0)
redis.call('lpush','lst','a') redis.call('get','lst')
return redis.pcall('get','lst')
return redis.call('del','lst')
return redis.error_reply('x y')
return redis.error_reply('-x')
return redis.error_reply('ERR')
return redis.status_reply('FINE')
return redis.status_reply()
return redis.status_reply(5)
return redis.sha1hex()
return redis.log(1)
return redis.setresp(4)
return redis.setresp()
return redis.acl_check_cmd('nope')
local function f() return redis.call('get') end local ok,e=pcall(f) return {tostring(ok), type(e), tostring(e)}
local ok,e=pcall(function() error('z') end) return {tostring(ok),type(e), e}
local ok,e=pcall(function() return foo end) return {tostring(ok),type(e), tostring(e)}
local ok,e=pcall(error, {err='E x', foo=1}) return {tostring(ok),type(e), tostring(e)}
return {xpcall(function() error('q') end, function(e) return 'handled '..e end)}
`;

const LIBRARIES = String.raw`
return redis.sha1hex('a')
return redis.acl_check_cmd('set','a','b')
return {redis.breakpoint(), redis.replicate_commands()}
return redis.REPL_ALL + redis.LOG_WARNING
return redis.call('select', 3)
return redis.call('config','get','maxmemory')
return redis.call('time')[1] == redis.call('time')[1]
return redis.call('blpop','nope',1)
return redis.call('publish','x','y')
return redis.call('ping')
return redis.call('echo', 5)
return cjson.encode({})
return cjson.encode({1,2,nil,4})
return cjson.encode({[1]=1,[100]=2})
return cjson.encode({a=1})
return cjson.encode('a/b"\\\1\127é')
return cjson.encode(1/0)
return cjson.encode({redis.call})
return cjson.encode({0.1,1e15,1e14,123456789012345678,true,cjson.null,-0,1e-5,1/3})
return cjson.encode({[true]=1})
return cjson.encode({[1.5]=1})
return cjson.encode()
local t={} t.t=t return cjson.encode(t)
return {cjson.encode_keep_buffer(false), cjson.encode_keep_buffer(true), cjson.encode_keep_buffer()}
return cjson.decode('[1,{"a":null},"\\u00e9\\ud83d\\ude00"]')[3]
return cjson.decode(' { "a" : [ true , -1.5e3 , "x\\n" ] } ').a
return tostring(cjson.decode('{"a":null}').a == cjson.null)
return cjson.decode('{a}')
return cjson.decode('')
return cjson.decode('[1,2')
return cjson.decode('[1] x')
return cjson.decode('"\\ud800"')
return cjson.decode('"\\x"')
return cjson.decode()
return cjson.decode('nul')
return cjson.decode('{"a" 1}')
return cjson.decode('{"a":1 "b":2}')
return cjson.decode('"abc')
return cjson.decode('[1,]')
return {bit.tohex(255), bit.tohex(255,-4), bit.band(0xffffffff,0xff), bit.bnot(0), bit.bswap(0x12345678)}
return {bit.lshift(1,31), bit.rshift(-1,28), bit.arshift(-8,1), bit.rol(0x12345678,12), bit.ror(0x12345678,12)}
return {bit.tobit(2^32+5), bit.bor(1,2,4), bit.bxor(7,2), bit.lshift(1,33)}
return bit.band()
return bit.band('x')
return bit.band('7', 3)
return bit.lshift(1)
return string.format('%5.2f|%q|%d|%s|%x', 1.5, 'a', 3, 'é', 255)
return {string.find('hello world', '(o)%s(w)')}
return string.gsub('hello', 'l', {l='L'})
return ('x'):rep(3) .. ('%d+'):len() .. tostring(nil)
return table.concat({1,2,3}, ',')
return {unpack({1,2,3})}
return {math.floor(2.5), math.max(1,5), math.huge == 1/0, tonumber('0x10'), tonumber('z',36)}
return {table.getn({1,2}), table.maxn({1,2}), math.pow(2,3), math.mod and 1, math.fmod(7,3), gcinfo and 1}
local t={3,1,2} table.sort(t, function(a,b) return a > b end) return t
return select('#', nil, nil)
return tostring(1e15)..tostring(2^31)..tostring(0.1)..tostring(-0)
return 10 / 2 .. ''
local a = {} for i=1,300 do a[i]=i end return #{unpack(a)}
local function r(n) if n == 0 then return 0 end return 1 + r(n-1) end return r(10000)
local co = coroutine.wrap(function() coroutine.yield(redis.call('incr','co')) coroutine.yield(2) end) local r = {co(), co()} redis.call('del','co') return r
return loadstring('return 1+1')()
return loadstring(string.dump(function() return 1 end)) == nil
return load(function() return nil end) ~= nil
`;

const scripts = (text: string): string[] => text.split("\n").filter((line) => line !== "");

export const SCRIPTS = [...scripts(CONVERSIONS), ...scripts(MISTAKES), ...scripts(LIBRARIES), ""];
