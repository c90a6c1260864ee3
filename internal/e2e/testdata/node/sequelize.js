'use strict';
// Sequelize: models with associations, made and altered by sync, used, described and
// changed as migrations do. The first argument is host:port.
const assert = require('node:assert/strict');
const { Sequelize, DataTypes, Op } = require('sequelize');
(async () => {
  const [host, port] = process.argv[2].split(':');
  const db = new Sequelize('postgres', 'postgres', 'x', { host, port, dialect: 'postgres', logging: false });
  const User = db.define('User', {
    name: { type: DataTypes.STRING, allowNull: false, unique: true },
    born: DataTypes.DATEONLY,
    meta: DataTypes.JSONB,
    tags: DataTypes.ARRAY(DataTypes.STRING),
    score: DataTypes.DECIMAL(10, 2),
  });
  const Post = db.define(
    'Post',
    { title: DataTypes.TEXT, seen: { type: DataTypes.BIGINT, defaultValue: 0 } },
    { indexes: [{ fields: ['title'] }] },
  );
  const Tag = db.define('Tag', { word: { type: DataTypes.STRING, primaryKey: true } });
  User.hasMany(Post, { onDelete: 'CASCADE', foreignKey: { allowNull: false } });
  Post.belongsTo(User);
  Post.belongsToMany(Tag, { through: 'PostTags' });
  Tag.belongsToMany(Post, { through: 'PostTags' });
  await db.sync({ force: true });
  await db.sync({ alter: true });
  const ann = await User.create({
    name: 'ann',
    born: '2001-02-03',
    meta: { a: [1, 2] },
    tags: ['x', 'y'],
    score: '12.50',
  });
  await db.transaction(async (t) => {
    const p = await Post.create({ title: 'one', UserId: ann.id }, { transaction: t });
    const tag = await Tag.create({ word: 'go' }, { transaction: t });
    await p.addTag(tag, { transaction: t });
    await Post.bulkCreate(
      [
        { title: 'two', UserId: ann.id },
        { title: 'three', UserId: ann.id },
      ],
      { transaction: t },
    );
  });
  await assert.rejects(
    Post.create({ title: 'bad', UserId: 999 }),
    (e) => e.name === 'SequelizeForeignKeyConstraintError' && e.table === 'Posts',
  );
  await assert.rejects(User.create({ name: 'ann' }), { name: 'SequelizeUniqueConstraintError' });
  const got = await User.findOne({
    where: { name: { [Op.iLike]: 'AN%' }, tags: { [Op.contains]: ['x'] }, meta: { [Op.contains]: { a: [1] } } },
    include: { model: Post, include: Tag },
  });
  assert.equal(got.Posts.length, 3);
  assert.deepEqual(
    got.Posts.flatMap((p) => p.Tags.map((t) => t.word)),
    ['go'],
  );
  const { rows, count } = await Post.findAndCountAll({ order: [['title', 'DESC']], limit: 2, offset: 1 });
  assert.deepEqual([count, ...rows.map((r) => r.title)], [3, 'three', 'one']);
  await Post.increment('seen', { by: 5, where: { title: 'one' } });
  assert.equal((await Post.findOne({ where: { title: 'one' } })).seen, '5');
  const [u, created] = await User.findCreateFind({ where: { name: 'bob' }, defaults: { score: 1 } });
  assert.ok(created && u.id);
  await User.upsert({ id: u.id, name: 'bobby' });
  const q = db.getQueryInterface();
  assert.deepEqual((await q.showAllTables()).map((t) => t.tableName || t).sort(), [
    'PostTags',
    'Posts',
    'Tags',
    'Users',
  ]);
  const d = await q.describeTable('Posts');
  assert.equal(d.seen.type, 'BIGINT');
  const fk = await q.getForeignKeyReferencesForTable('Posts');
  assert.deepEqual(
    fk.map((f) => f.referencedTableName),
    ['Users'],
  );
  await q.addColumn('Posts', 'extra', { type: DataTypes.INTEGER, defaultValue: 3 });
  await q.renameColumn('Posts', 'extra', 'more');
  await q.changeColumn('Posts', 'more', { type: DataTypes.BIGINT });
  await q.removeColumn('Posts', 'more');
  await ann.destroy();
  assert.equal(await Post.count(), 0);
  await db.drop();
  await db.close();
  console.log('all well');
})().catch((e) => {
  console.error(e);
  process.exit(1);
});
