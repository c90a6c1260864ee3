'use strict';
// ioredis as an application uses it, in RESP2; the first argument is host:port.
const assert = require('node:assert/strict');
const { once } = require('node:events');
const Redis = require('ioredis');

const [host, port] = process.argv[2].split(':');
const connect = (options) => new Redis({ host, port: Number(port), maxRetriesPerRequest: 1, ...options });

async function pipelines(redis) {
  const pipe = redis.pipeline();
  for (let i = 0; i < 500; i++) pipe.set(`p:${i}`, i).get(`p:${i}`);
  pipe.lpush('p:0', 'x'); // one error must not reach its neighbours
  pipe.hset('p:hash', { a: 1, b: 'two' }).hgetall('p:hash');
  const replies = await pipe.exec();
  for (let i = 0; i < 500; i++) assert.deepEqual(replies[2 * i + 1], [null, String(i)]);
  assert.match(replies[1000][0].message, /^WRONGTYPE /);
  assert.deepEqual(replies[1002], [null, { a: '1', b: 'two' }]);

  const results = await redis.multi().incr('n').incrby('n', 9).rpush('list', 'a', 'b').exec();
  assert.deepEqual(results, [[null, 1], [null, 10], [null, 2]]);
  await assert.rejects(redis.multi().set('n').exec(), /EXECABORT/);
}

async function automaticPipelining() {
  const redis = connect({ enableAutoPipelining: true });
  const got = await Promise.all(Array.from({ length: 200 }, (_, i) => redis.incr('auto').then(() => i)));
  assert.equal(got.length, 200);
  assert.equal(await redis.get('auto'), '200');
  assert.deepEqual(await redis.getBuffer('binary'), null);
  await redis.set('binary', Buffer.from([0, 255, 13, 10]));
  assert.deepEqual(await redis.getBuffer('binary'), Buffer.from([0, 255, 13, 10]));
  await redis.quit();
}

async function scripts(redis) {
  redis.defineCommand('addAll', {
    numberOfKeys: 1,
    lua: 'local n = 0 for _, v in ipairs(ARGV) do n = n + v end return {redis.call("INCRBY", KEYS[1], n), KEYS[1]}',
  });
  assert.deepEqual(await redis.addAll('sum', 1, 2, 3), [6, 'sum']);
  const replies = await redis.pipeline().addAll('sum', 4).addAll('sum', 5).exec();
  assert.deepEqual(replies, [[null, [10, 'sum']], [null, [15, 'sum']]]);
}

async function messages(redis) {
  const subscriber = connect();
  assert.equal(await subscriber.subscribe('news', 'sport'), 2);
  assert.equal(await subscriber.psubscribe('w*r'), 3);
  const [message, matched] = [once(subscriber, 'message'), once(subscriber, 'pmessage')];
  assert.equal(await redis.publish('sport', 'ski'), 1);
  assert.equal(await redis.publish('weather', 'snow'), 1);
  assert.deepEqual(await message, ['sport', 'ski']);
  assert.deepEqual(await matched, ['w*r', 'weather', 'snow']);
  assert.equal(await subscriber.unsubscribe('news', 'sport'), 1);
  await subscriber.quit();
}

async function streams(redis) {
  const blocked = connect();
  const read = blocked.xread('BLOCK', 20000, 'COUNT', 1, 'STREAMS', 'stream', '$');
  const popped = connect();
  const pop = popped.brpop('queue', 20);
  for (;;) {
    if (/blocked_clients:2\r/.test(await redis.info('clients'))) break;
    await new Promise((wake) => setTimeout(wake, 5));
  }
  const id = await redis.xadd('stream', '*', 'k', 'v');
  await redis.lpush('queue', 'job');
  assert.deepEqual(await read, [['stream', [[id, ['k', 'v']]]]]);
  assert.deepEqual(await pop, ['queue', 'job']);
  await Promise.all([blocked.quit(), popped.quit()]);
}

async function scans(redis) {
  const members = Array.from({ length: 2000 }, (_, i) => `member:${i}`);
  await redis.sadd('big', ...members);
  const seen = new Set();
  for await (const batch of redis.sscanStream('big', { match: 'member:*', count: 100 })) batch.forEach((m) => seen.add(m));
  assert.equal(seen.size, 2000);
  const keys = new Set();
  for await (const batch of redis.scanStream({ match: 'p:*', count: 50 })) batch.forEach((k) => keys.add(k));
  assert.equal(keys.size, 501);
}

async function monitored(redis) {
  const monitor = await redis.monitor();
  const seen = once(monitor, 'monitor');
  await redis.echo('watched');
  assert.deepEqual((await seen)[1], ['echo', 'watched']);
  monitor.disconnect();
}

async function main() {
  const redis = connect();
  await pipelines(redis);
  await automaticPipelining();
  await scripts(redis);
  await messages(redis);
  await streams(redis);
  await scans(redis);
  await monitored(redis);
  await redis.quit();
}

main().then(() => console.log('all well'), (err) => {
  console.error(err);
  process.exit(1);
});
