'use strict';
// Queues of BullMQ, each with a worker that runs it to its end; the first argument
// is host:port. Nearly all of BullMQ is Lua, with cmsgpack and cjson.
const assert = require('node:assert/strict');
const { Queue, Worker, QueueEvents, FlowProducer } = require('bullmq');

const [host, port] = process.argv[2].split(':');
const connection = { host, port: Number(port) };

// warnings are what BullMQ thinks of the server: its version, its eviction.
const warnings = [];
console.warn = (...args) => warnings.push(args.join(' '));

// until resolves when a worker has completed or given up count jobs.
function until(worker, count) {
  return new Promise((resolve, reject) => {
    let ended = 0;
    const one = () => ++ended === count && resolve();
    worker.on('completed', one);
    worker.on('failed', (job) => job.attemptsMade >= (job.opts.attempts ?? 1) && one());
    worker.on('error', reject);
  });
}

async function priorities() {
  const queue = new Queue('priorities', { connection });
  await queue.addBulk([5, 1, 3, 2, 4].map((priority) => ({ name: `p${priority}`, data: { priority }, opts: { priority } })));
  await queue.add('first', {}); // without a priority: before all that have one
  await queue.add('later', {}, { delay: 300 });
  await queue.add('once', {}, { jobId: 'once' });
  await queue.add('once', {}, { jobId: 'once' });
  assert.deepEqual(await queue.getJobCounts('waiting', 'prioritized', 'delayed'), { waiting: 2, prioritized: 5, delayed: 1 });
  const order = [];
  const worker = new Worker('priorities', async (job) => { order.push(job.name); return job.data; }, { connection, autorun: false });
  const done = until(worker, 8);
  worker.run();
  await done;
  // A slow machine may come to the delayed job before it has done the others.
  assert.deepEqual(order.filter((name) => name !== 'later'), ['first', 'once', 'p1', 'p2', 'p3', 'p4', 'p5']);
  const later = (await queue.getCompleted()).find((job) => job.name === 'later');
  assert.ok(later.processedOn - later.timestamp >= 300, `delayed by ${later.processedOn - later.timestamp} ms`);
  assert.equal((await queue.getJobCounts('completed')).completed, 8);
  assert.deepEqual((await queue.getCompleted()).find((job) => job.name === 'p3').returnvalue, { priority: 3 });
  await worker.close();
  await queue.obliterate();
  assert.equal((await queue.getJobCounts('completed')).completed, 0);
  await queue.close();
}

async function retries() {
  const queue = new Queue('retries', { connection });
  const events = new QueueEvents('retries', { connection });
  await events.waitUntilReady();
  const attempts = {};
  const worker = new Worker('retries', async (job) => {
    attempts[job.name] = (attempts[job.name] ?? 0) + 1;
    await job.updateProgress(50);
    await job.log(`attempt ${attempts[job.name]}`);
    if (job.name === 'broken' || attempts[job.name] < 3) throw new Error(`${job.name} failed`);
    return 'mended';
  }, { connection });
  const opts = { attempts: 3, backoff: { type: 'exponential', delay: 20 } };
  const flaky = await queue.add('flaky', {}, opts);
  const broken = await queue.add('broken', {}, opts);
  assert.equal(await flaky.waitUntilFinished(events, 20000), 'mended');
  await assert.rejects(broken.waitUntilFinished(events, 20000), /broken failed/);
  assert.deepEqual(attempts, { flaky: 3, broken: 3 });
  assert.equal((await queue.getJobLogs(flaky.id)).count, 3);
  assert.equal((await queue.getJob(broken.id)).failedReason, 'broken failed');
  assert.equal(await broken.getState(), 'failed');
  await Promise.all([worker.close(), events.close()]);
  await queue.close();
}

// limits: no more than two jobs in each 200 ms.
async function limits() {
  const queue = new Queue('limits', { connection });
  await queue.addBulk(Array.from({ length: 6 }, (_, i) => ({ name: 'job', data: i })));
  const worker = new Worker('limits', async () => {}, { connection, concurrency: 6, limiter: { max: 2, duration: 200 }, autorun: false });
  const done = until(worker, 6);
  worker.run();
  await done;
  const began = (await queue.getCompleted()).map((job) => job.processedOn).sort((a, b) => a - b);
  assert.equal(began.length, 6);
  assert.ok(began[5] - began[0] >= 300, `six jobs, two in each 200 ms, began within ${began[5] - began[0]} ms`);
  await worker.close();
  await queue.close();
}

async function schedulers() {
  const queue = new Queue('schedulers', { connection });
  await queue.upsertJobScheduler('tick', { every: 100, limit: 3 }, { name: 'tick', data: { n: 1 } });
  await queue.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { name: 'nightly' });
  const worker = new Worker('schedulers', async () => {}, { connection, autorun: false });
  const done = until(worker, 3);
  worker.run();
  await done;
  assert.equal((await queue.getCompleted()).filter((job) => job.name === 'tick').length, 3);
  assert.equal((await queue.getJobSchedulers()).some((s) => s.key === 'nightly'), true);
  assert.equal(await queue.removeJobScheduler('nightly'), true);
  assert.equal((await queue.getDelayed()).length, 0);
  await worker.close();
  await queue.close();
}

// flows: a parent runs when its children have, and sees what they returned.
async function flows() {
  const flow = new FlowProducer({ connection });
  const tree = await flow.add({
    name: 'assemble', queueName: 'flows', data: {},
    children: [1, 2, 3].map((n) => ({ name: 'part', queueName: 'flows', data: { n }, children: [{ name: 'screw', queueName: 'flows', data: { n: 10 * n } }] })),
  });
  const queue = new Queue('flows', { connection });
  assert.deepEqual(await queue.getJobCounts('waiting', 'waiting-children'), { waiting: 3, 'waiting-children': 4 });
  const worker = new Worker('flows', async (job) => {
    const below = Object.values(await job.getChildrenValues());
    return below.reduce((sum, n) => sum + n, job.data.n ?? 0);
  }, { connection, concurrency: 3, autorun: false });
  const done = until(worker, 7);
  worker.run();
  await done;
  assert.equal((await queue.getJob(tree.job.id)).returnvalue, 66);
  await worker.close();
  await Promise.all([queue.close(), flow.close()]);
}

async function main() {
  await Promise.all([priorities(), retries(), limits(), schedulers(), flows()]);
  assert.deepEqual(warnings, []);
}

main().then(() => { console.log('all well'); process.exit(0); }, (err) => {
  console.error(err);
  process.exit(1);
});
