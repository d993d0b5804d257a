import { StateDatabase } from '../../../src/store/state-database.js';
import { fakeEnv } from '../../fakes/fake-env.js';

/** Writes to the state file named by the first argument until it is killed; one line for each value that is kept. */
const database = await StateDatabase.open(fakeEnv(), process.argv[2] ?? '', 1);
const store = database.store<string>('written');
for (let index = 0; ; index += 1) {
  await store.set(`key ${index}`, 'v'.repeat(3000));
  process.stdout.write(`${index}\n`);
}
