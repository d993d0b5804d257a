import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { House } from './daemon/house.js';
import { run } from './programs.js';

const MIB = 2 ** 20;
/** Milliseconds after which changes are sent although more come: a machine that is slower sends them in more than one call. */
const GATHER = 5000;

describe('calls that writing costs', function () {
  this.timeout(120_000);
  let house: House;
  before(async () => {
    house = await House.open({ sections: { upload: { delay: '1s' } } });
    await house.tree();
  });
  beforeEach(async () => {
    await house.cloud.clearFigures();
    await house.cloud.clearStorageFigures();
  });
  after(() => house.close());

  /** Calls of the API since the test began, by name. */
  const calls = async (): Promise<Readonly<Record<string, number>>> =>
    (await house.cloud.figures()).calls.byName;

  const total = async (): Promise<number> => (await house.cloud.figures()).calls.total;

  /** How often changes have to be sent while a program makes them. */
  const sendings = async (program: string, ...parameters: readonly string[]): Promise<number> => {
    const began = performance.now();
    const { code, stderr } = await run(program, ...parameters);
    assert.deepEqual([code, stderr], [0, '']);
    return 1 + Math.floor((performance.now() - began) / GATHER);
  };

  it('file that the cloud knows already is there without a byte sent', async () => {
    const bytes = await house.cloud.bytes({ path: '/film-8m.mkv' }, 0, 8 * MIB);
    writeFileSync(house.at('/the same film.mkv'), bytes);
    await house.idle();
    const sha1 = createHash('sha1').update(bytes).digest('hex').toUpperCase();
    assert.equal(await house.cloud.hash({ path: '/the same film.mkv' }, 'sha1'), sha1);
    assert.equal((await house.cloud.storageFigures()).bytesReceived, 0);
    // Asked, challenged for some of the bytes, answered.
    assert.deepEqual(await calls(), { 'upload/init': 2 });
  });

  it('rm -r of a thousand files is at most seven calls', async () => {
    const folder = await house.cloud.addDirectory('many');
    for (let number = 0; number < 1000; number += 1) {
      await house.cloud.addFile({ parent: folder.id, name: `${number}.dat`, size: number });
    }
    await house.refresh();
    await house.cloud.clearFigures();
    const sent = await sendings('rm', '-r', house.at('/many'));
    await house.idle();
    assert.deepEqual(await house.cloud.named('many'), []);
    assert.deepEqual(await house.cloud.named('999.dat'), []);
    assert.ok((await total()) <= Math.max(7, 4 + sent), `${sent} of ${JSON.stringify(await calls())}`);
  });

  it('mv of three hundred files is at most three calls', async () => {
    const [from, to] = [await house.cloud.addDirectory('from'), await house.cloud.addDirectory('to')];
    for (let number = 0; number < 300; number += 1) {
      await house.cloud.addFile({ parent: from.id, name: `${number}.dat`, size: number });
    }
    await house.refresh();
    await house.refresh('/from');
    await house.refresh('/to');
    await house.cloud.clearFigures();
    const sent = await sendings('sh', '-c', `mv '${house.at('/from')}'/* '${house.at('/to')}'`);
    await house.idle();
    assert.equal((await house.cloud.children({ id: to.id })).length, 300);
    assert.deepEqual(await house.cloud.children({ id: from.id }), []);
    // The target is looked for before each move.
    assert.ok((await total()) <= 1 + 2 * sent, `${sent} of ${JSON.stringify(await calls())}`);
  });

  it('file that is written beside its place and renamed onto it is uploaded once', async () => {
    writeFileSync(house.at('/letter.txt'), 'the first');
    await house.idle();
    const { id } = await house.cloud.item({ path: '/letter.txt' });
    await house.cloud.clearFigures();
    for (const text of ['the second', 'the third', 'the last']) {
      writeFileSync(house.at('/letter.txt.new'), text);
      renameSync(house.at('/letter.txt.new'), house.at('/letter.txt'));
    }
    await house.idle();
    assert.equal(readFileSync(house.at('/letter.txt'), 'utf8'), 'the last');
    const [letter, ...others] = await house.cloud.named('letter.txt');
    assert.deepEqual([letter?.size, others.length], [8, 0]);
    assert.notEqual(letter?.id, id);
    assert.equal((await calls())['upload/init'], 1);
    assert.equal((await calls())['ufile/delete'], 1);
    assert.deepEqual(await house.cloud.named('letter.txt.new'), []);
  });

  it('files that are gone before the delay cost nothing', async () => {
    mkdirSync(house.at('/work'));
    await house.idle();
    await house.cloud.clearFigures();
    for (let number = 0; number < 20; number += 1) {
      writeFileSync(house.at(`/work/${number}.tmp`), randomBytes(1000));
      unlinkSync(house.at(`/work/${number}.tmp`));
    }
    await house.idle();
    assert.deepEqual(await calls(), {});
    // What is written later comes later: nothing of the short-lived ones is on its way behind it.
    writeFileSync(house.at('/work/stays.txt'), randomBytes(1000));
    await house.idle();
    assert.deepEqual(
      (await house.cloud.children({ path: '/work' })).map(({ name }) => name),
      ['stays.txt'],
    );
    assert.equal((await calls())['upload/init'], 1);
    assert.equal((await house.transfers()).files.length, 0);
  });
});
