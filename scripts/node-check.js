// Loaded before everything else, and plain JavaScript, so that an old Node says what is the matter instead of failing on a `.ts` file.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `This needs Node 24 or newer, and was started with ${process.version}.\n` +
      'Run `npm install` and use `npm start` and `npm test`: they use the Node that npm install brings. Without them, install Node 24.',
  );
  process.exit(1);
}
