'use strict';
// TypeORM: entities with relations; a second start reads the catalog and must find
// nothing to change. The first argument is host:port.
require('reflect-metadata');
const assert = require('node:assert/strict');
const { DataSource, EntitySchema } = require('typeorm');
(async () => {
  const [host, port] = process.argv[2].split(':');
  const Author = new EntitySchema({
    name: 'Author',
    columns: {
      id: { type: 'int', primary: true, generated: true },
      name: { type: 'varchar', length: 100, unique: true },
      joined: { type: 'timestamptz', createDate: true },
    },
    relations: { books: { type: 'one-to-many', target: 'Book', inverseSide: 'author' } },
  });
  const Book = new EntitySchema({
    name: 'Book',
    columns: {
      id: { type: 'uuid', primary: true, generated: 'uuid' },
      title: { type: 'text' },
      pages: { type: 'int', nullable: true },
      info: { type: 'jsonb', nullable: true },
      price: { type: 'numeric', precision: 8, scale: 2, default: 0 },
    },
    indices: [{ columns: ['title'] }],
    relations: {
      author: { type: 'many-to-one', target: 'Author', inverseSide: 'books', onDelete: 'CASCADE', nullable: false },
      genres: { type: 'many-to-many', target: 'Genre', joinTable: true, cascade: true },
    },
  });
  const Genre = new EntitySchema({
    name: 'Genre',
    columns: { id: { type: 'int', primary: true, generated: true }, name: { type: 'varchar' } },
  });
  const o = {
    type: 'postgres',
    host,
    port: +port,
    username: 'postgres',
    password: 'x',
    database: 'postgres',
    entities: [Author, Book, Genre],
    uuidExtension: 'pgcrypto',
    installExtensions: false,
  };
  let ds = new DataSource({ ...o, synchronize: true, dropSchema: true });
  await ds.initialize();
  const books = ds.getRepository('Book'),
    authors = ds.getRepository('Author');
  const a = await authors.save({ name: 'le guin' });
  await books.save([
    { title: 'dispossessed', author: a, info: { y: 1974 }, genres: [{ name: 'sf' }, { name: 'utopia' }] },
    { title: 'earthsea', author: a, pages: 200 },
  ]);
  const found = await authors.findOne({
    where: { name: 'le guin' },
    relations: { books: { genres: true } },
    order: { books: { title: 'ASC' } },
  });
  assert.deepEqual(
    found.books.map((b) => [b.title, b.genres.length]),
    [
      ['dispossessed', 2],
      ['earthsea', 0],
    ],
  );
  assert.equal(
    await books
      .createQueryBuilder('b')
      .leftJoin('b.author', 'a')
      .where('a.name = :n', { n: 'le guin' })
      .andWhere("b.info->>'y' = '1974'")
      .getCount(),
    1,
  );
  await assert.rejects(books.save({ title: 'x', author: { id: 99 } }), (e) => e.code === '23503');
  await ds.transaction(async (m) => {
    await m.update('Book', { title: 'earthsea' }, { pages: 250 });
    await m.increment('Book', { title: 'earthsea' }, 'pages', 5);
  });
  const sum = await books.createQueryBuilder('b').select('SUM(b.pages)', 's').groupBy('b."authorId"').getRawOne();
  assert.equal(sum.s, '255');
  await ds.destroy();
  // A second start finds nothing to change.
  ds = new DataSource({ ...o, synchronize: false });
  await ds.initialize();
  const log = await ds.driver.createSchemaBuilder().log();
  assert.deepEqual(
    log.upQueries.map((q) => q.query),
    [],
  );
  await ds.getRepository('Author').delete({ name: 'le guin' });
  assert.equal(await ds.getRepository('Book').count(), 0);
  await ds.dropDatabase();
  await ds.destroy();
  console.log('all well');
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
