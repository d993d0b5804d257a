import type { AccountStatus } from '../../lib/protocol.js';
import type { Series, Snapshot } from './series.js';

/** What the clouds are asked, and whether they answer. */
export const ACCOUNT_SERIES: readonly Series[] = [
  ofAccounts('calls_today', 'API calls of today', ({ calls }) => calls.today),
  ofAccounts('calls_per_day', 'API calls that a day may have', ({ calls }) => calls.perDay),
  ofAccounts('throttled', '1 while the cloud refuses calls', ({ throttle }) => Number(throttle !== null)),
  {
    name: 'throttled_until_seconds',
    kind: 'gauge',
    help: 'Until when nothing is asked, since the epoch; only while the cloud refuses calls',
    labels: ['account'],
    read: ({ status }) =>
      status.accounts.flatMap(({ name, throttle }) =>
        throttle === null ? [] : [{ labels: { account: name }, value: throttle.until / 1000 }],
      ),
  },
  ofAccounts('login_lost', '1 while a person has to log in again', ({ login }) => Number(login === 'lost')),
];

function ofAccounts(name: string, help: string, read: (account: AccountStatus) => number): Series {
  return {
    ...{ name, kind: 'gauge', help, labels: ['account'] },
    read: ({ status }: Snapshot) =>
      status.accounts.map((account) => ({ labels: { account: account.name }, value: read(account) })),
  };
}
