// Run by mongosh: makes three servers one replica set. Safe to run again.
/* global db, rs, sleep, quit, print */
const config = {
  _id: 'rs0',
  members: [
    { _id: 0, host: 'mongo1:27017' },
    { _id: 1, host: 'mongo2:27017' },
    { _id: 2, host: 'mongo3:27017' },
  ],
};

try {
  rs.initiate(config);
} catch (error) {
  if (error.codeName !== 'AlreadyInitialized') throw error;
}

for (let waited = 0; waited < 60; waited++) {
  if (db.hello().primary) {
    print(`the primary is ${db.hello().primary}`);
    quit(0);
  }
  sleep(1000);
}
print('no primary was elected within a minute');
quit(1);
