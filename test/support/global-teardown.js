/** See global-setup.js. */
export default function teardown() {
  globalThis.cleanTestRun();
}
