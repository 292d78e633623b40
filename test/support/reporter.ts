import Mocha from 'mocha';

/** Mocha's own report, and at its end one line that a program can read. */
export default class Reporter extends Mocha.reporters.Spec {
  override epilogue(): void {
    super.epilogue();
    const { passes = 0, failures = 0 } = this.stats;
    console.log(`${passes} passed, ${failures} failed`);
  }
}
